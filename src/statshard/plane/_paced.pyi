# _paced: a generator on the scripted kernel, for tests, typed.
from typing import Self

from typing_extensions import disjoint_base

from statshard.plane._scripted import Scripted
from statshard.plane.load import Traffic

@disjoint_base
class ScriptedGenerator(Scripted):
    def __new__(cls, traffic: Traffic) -> Self: ...
    def run(self, count: int) -> int: ...
    def counts(self) -> tuple[int, int, int]: ...
