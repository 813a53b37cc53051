# One door to every task: `make` lists them.
#
# Set-up is one chain of stamps: $(VENV)/.installed (the environment, by scripts/setup),
# then $(VENV)/.built (the compiled modules, in place below src/). No environment need be
# active, and an active one is left alone.
#
#   make test ARGS="-k layers"                   arguments for pytest (or for bench.run)
#   make run ARGS="--backends 4"                 flags of `statshard up`
#   make test PYTHON=python3.12 VENV=.venv-3.12  another interpreter, beside the first
#   make test STATSHARD_DEBUG=1                  a switch of setup.py
#   make schedules EXAMPLES=20000                fewer schedules
#   make fuzz MINUTES=10 JOBS=2                  minutes of each target; processes
#   make soak MINUTES=5 RATE=20000               a shorter, lighter soak

VENV = .venv
PYTHON ?=
ARGS ?=
EXAMPLES ?= 100000
RATE ?= 50000
export VENV PYTHON
export STATSHARD_DEBUG STATSHARD_TRACE STATSHARD_WERROR
# The tests look through doors that no installation has.
export STATSHARD_DOORS = 1

PY := $(VENV)/bin/python
BUILT := $(VENV)/.built
SOURCES := setup.py $(shell find src -name '*.pyx' -o -name '*.pxd' -o -name '*.h')
JOBS := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

# What the compiled modules depend on beside their sources; a change compiles them again.
FLAGS := $(if $(filter default,$(origin CC)),,$(CC)) $(CFLAGS) $(LDFLAGS) \
         debug=$(STATSHARD_DEBUG) trace=$(STATSHARD_TRACE) werror=$(STATSHARD_WERROR)

# FORCE where the environment's interpreter is gone, or another one is asked for.
REDO := $(shell [ -x '$(PY)' ] && { [ -z '$(PYTHON)' ] || \
          [ '$(PYTHON)' = "$$(cat '$(VENV)/.asked' 2>/dev/null)" ]; } || echo FORCE)

.DEFAULT_GOAL := help
.PHONY: help run test lint types stubs docs bench bench-server evenness lookups profile \
        sdist asan tsan schedules fuzz mutants soak cardinality peers peers-test clean FORCE

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

run: $(BUILT) ## the proxy, two servers behind it and some traffic, until Ctrl-C
	@$(PY) -m statshard up $(ARGS)

test: $(BUILT) ## the tests
	$(PY) -m pytest $(ARGS)

lint: $(BUILT) ## ruff (lint and format) and cython-lint
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	PATH="$(abspath $(VENV))/bin:$$PATH" cython-lint $(filter %.pyx %.pxd,$(SOURCES))

types: $(BUILT) ## mypy, strict
	$(PY) -m mypy

stubs: $(BUILT) ## the .pyi files against the compiled modules
	$(PY) -m mypy.stubtest --mypy-config-file pyproject.toml \
	    --allowlist tests/truth/stubtest-allowed.txt statshard.plane

docs: $(BUILT) $(VENV)/.site ## pages from tables in the source, then the site, into build/site
	$(PY) -m docs.generate
	NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --strict

bench: $(BUILT) $(VENV)/.plots ## cost per line and delay, into bench/RESULTS.md
	$(PY) -m bench.run $(ARGS)
	$(if $(ARGS),,$(PY) -m bench.server_run)

bench-server: $(BUILT) $(VENV)/.plots ## of that, the aggregation server's: into bench/SERVER.md
	$(PY) -m bench.server_run $(ARGS)

evenness: $(BUILT) $(VENV)/.plots ## how even the shard functions are, into bench/EVENNESS.md
	$(PY) -m bench.evenness_run $(ARGS)

lookups: $(BUILT) ## what a line's place costs, into bench/LOOKUP.md
	$(PY) -m bench.lookup $(ARGS)

profile: $(BUILT) ## where the time of a busy proxy goes, by line, into bench/PROFILE.md
	$(PY) -m bench.profile $(ARGS)

sdist: $(BUILT) ## install from the sdist into an empty environment, and try it there
	@rm -rf build/sdist
	$(PY) -m build --quiet --sdist --no-isolation --outdir build/sdist .
	$(PY) -m venv build/sdist/empty
	STATSHARD_DOORS= build/sdist/empty/bin/python -m pip install --quiet --disable-pip-version-check \
	    build/sdist/statshard-*.tar.gz
	build/sdist/empty/bin/statshard --version
	$(PY) scripts/smoke.py build/sdist/empty/bin/statshard

asan: $(VENV)/.installed ## the tests under AddressSanitizer and UBSan
	scripts/sanitize address $(ARGS)

tsan: $(VENV)/.installed ## the tests under ThreadSanitizer
	scripts/sanitize thread $(ARGS)

schedules: $(BUILT) ## EXAMPLES random schedules of the scripted kernel
	STATSHARD_EXAMPLES=$(EXAMPLES) $(PY) -m pytest --hypothesis-profile schedules \
	    --durations 2 -k 'every_step or each_position' tests/plane $(ARGS)

fuzz: MINUTES ?= 1
fuzz: $(VENV)/.installed ## the fuzz targets, MINUTES each, on a build for libFuzzer
	JOBS=$(JOBS) scripts/fuzz $(MINUTES) $(ARGS)

mutants: $(VENV)/.installed ## faults put into a copy of the plane, for `fuzz` to find
	scripts/fuzz-mutants

soak: MINUTES ?= 20
soak: $(BUILT) ## the proxy under RATE datagrams/s for MINUTES, backends come and go
	$(PY) -m soak.run --minutes $(MINUTES) --rate $(RATE) $(ARGS)

cardinality: NAMES ?= 10000000
cardinality: $(BUILT) ## the aggregation server under NAMES distinct names, with room for few
	$(PY) -m soak.cardinality --names $(NAMES) $(ARGS)

peers: $(VENV)/.peers ## install the real servers and clients that tests/peers starts

peers-test: $(BUILT) $(VENV)/.peers ## the tests with real servers, stores and clients
	$(PY) -m pytest tests/peers $(ARGS)

clean: ## remove all that make has made, environments included
	rm -rf .venv .venv-* build build-* dist src/*.egg-info
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests bench docs fuzz scripts soak examples -name __pycache__ -prune -exec rm -rf {} + \
	    2>/dev/null || true
	find src -name '*.so' -delete

$(VENV)/.installed: pyproject.toml scripts/setup scripts/prerequisites $(REDO)
	@scripts/setup
	@touch $@

# What draws the benchmark's plots; nothing else needs it.
$(VENV)/.plots: $(VENV)/.installed
	@echo 'installing into $(VENV) what draws plots'
	@STATSHARD_METADATA_ONLY=1 $(PY) -m pip install --quiet \
	    --disable-pip-version-check --editable '.[bench]'
	@touch $@

# What makes the site; nothing else needs it.
$(VENV)/.site: $(VENV)/.installed
	@echo 'installing into $(VENV) what makes the site'
	@STATSHARD_METADATA_ONLY=1 $(PY) -m pip install --quiet \
	    --disable-pip-version-check --editable '.[docs]'
	@touch $@

$(VENV)/.peers: $(VENV)/.installed tests/peers/package.json scripts/peers \
                $(if $(wildcard build/peers/node_modules),,FORCE)
	@scripts/peers
	@touch $@

$(VENV)/.flags: $(VENV)/.installed FORCE
	@[ "$$(cat $@ 2>/dev/null)" = '$(strip $(FLAGS))' ] || echo '$(strip $(FLAGS))' > $@

$(BUILT): $(VENV)/.installed $(VENV)/.flags $(SOURCES)
	@echo 'compiling what changed in src/statshard/plane'
	@$(PY) setup.py --quiet build_ext --inplace --parallel $(JOBS) \
	    $(if $(filter %/.flags,$?),--force)
	@touch $@
