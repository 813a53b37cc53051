"""Query: what a sink's URL says behind its "?", read with errors that teach.

    influxdb://h:8086?org=o&bucket=b&token_file=/run/token
                      ~~~~~ ~~~~~~~~ ~~~~~~~~~~~~~~~~~~~~~

All is read while the sink is made: a key that the sink does not know, or a value that
is none, is a SettingsError that names the URL and what would be valid. Secrets come
from files only, so that a URL can be logged. Must not know: what a key is for.
"""

from collections.abc import Collection
from pathlib import Path

from statshard.errors import SettingsError
from statshard.settings.reading import cut
from statshard.settings.secrets import read_secret
from statshard.sinks.sink import Order

YES_NO = {"yes": True, "true": True, "no": False, "false": False}


class Query:
    """The query of one URL."""

    def __init__(self, order: Order, known: Collection[str]) -> None:
        self._order = order
        for key in order.query:
            if key not in known:
                raise self.fault(f"unknown key {cut(key)!r}; valid: {', '.join(known)}")

    def fault(self, what: str) -> SettingsError:
        """Return the error that names the URL, and says this.

        Without the query: there may stand a secret that should be in a file.
        """
        url = self._order.url.partition("?")[0]
        return SettingsError(f"sink {url!r}: {what}")

    def text(self, key: str, usual: str = "") -> str:
        """Return a text that is not empty where it is given."""
        if key not in self._order.query:
            return usual
        text = self._order.query[key]
        if not text:
            raise self.fault(f"{key} is empty; valid: some text, or no {key}")
        return text

    def choice(self, key: str, usual: str, valid: Collection[str]) -> str:
        """Return one of some words."""
        word = self.text(key, usual)
        if word not in valid:
            raise self.fault(f"{key} {cut(word)!r}; valid: {', '.join(valid)}")
        return word

    def switch(self, key: str, *, usual: bool) -> bool:
        """Return a yes or a no."""
        return YES_NO[self.choice(key, "yes" if usual else "no", YES_NO)]

    def whole(self, key: str, usual: int, valid: range) -> int:
        """Return a whole number of a range."""
        text = self.text(key, str(usual))
        is_number = text.isascii() and text.isdigit() and len(text) < len("1" * 12)
        if not is_number or int(text) not in valid:
            raise self.fault(
                f"{key} {cut(text)!r}; valid: {valid.start} to {valid.stop - 1}"
            )
        return int(text)

    def secret_file(self, key: str) -> Path | None:
        """Return the path of a file that holds a secret, which can be read now."""
        path = self.text(key)
        if not path:
            return None
        try:
            read_secret(path)
        except (OSError, ValueError) as fault:
            why = getattr(fault, "strerror", None) or fault
            what = (
                f"{key} {cut(path)!r} cannot be read: {why}; valid: a file of one line"
            )
            raise self.fault(what) from fault
        return Path(path)


def read_again(path: Path) -> str:
    """Return a secret as its file has it now; raises OSError."""
    try:
        return read_secret(str(path))
    except ValueError as fault:
        raise OSError(f"{path}: {fault}") from fault


def host_of(order: Order, query: Query, form: str) -> str:
    """Return the host of a URL, which must have one."""
    if not order.host:
        raise query.fault(f"no host; valid: {form}")
    return order.host


def no_path(order: Order, query: Query) -> None:
    """Refuse a path where it has no meaning."""
    if order.path not in ("", "/"):
        raise query.fault(f"path {cut(order.path)!r}; valid: none")
