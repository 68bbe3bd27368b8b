# Two commands do everything: `make demo` and `make test`. Nothing is written outside this folder.
PYTHON ?= python3
BIN    := .venv/bin
LOCK   := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header

export UV_CACHE_DIR = $(CURDIR)/.cache/uv
export PIP_CACHE_DIR = $(CURDIR)/.cache/pip
export UV_PYTHON_DOWNLOADS = never
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# An image may forbid it; then each process that a test or the demo starts would compile all of pipeline/ anew.
unexport PYTHONDONTWRITEBYTECODE
export TMPDIR = $(CURDIR)/.cache/tmp
$(shell mkdir -p .cache/tmp)

.PHONY: demo airflow test test-quick test-machines check wheel proof pictures bench bench-sftp object-stores lock clean

# uv installs in seconds; where it cannot (a proxy that only pip is set up for), pip does the same.
define install
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(BIN)/python -r $(1) \
	  || $(BIN)/pip install --quiet --require-hashes -r $(1)
endef

STORES := .cache/object-stores

define environment
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(1)
	$(BIN)/uv pip install --quiet --compile-bytecode --require-hashes --python $(1) -r $(2) \
	  || $(BIN)/pip --python $(1)/bin/python install --quiet --require-hashes -r $(2)
endef

.venv/.base: requirements/uv.txt requirements/base.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "gegevensdeling needs Python 3.11 or newer: make PYTHON=/path/to/python3.11 ...")'
	@echo "Setting up .venv (a minute or two, once)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --quiet --require-hashes -r requirements/uv.txt
	@$(call install,requirements/base.txt)
	@$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# DEMO is the demo's folder, SCALE the share of Flanders in it, FAIL the KBO of a recipient whose host refuses.
DEMO  ?= $(CURDIR)/.demo
SCALE ?= 0.1
# PORT is where Airflow's UI listens, on 127.0.0.1.
PORT  ?= 8080

demo: .venv/.base
	@$(BIN)/gegevensdeling demo --home $(DEMO) --scale $(SCALE) $(if $(FAIL),--fail $(FAIL))

airflow: .venv/.base
	@$(BIN)/gegevensdeling airflow --home $(DEMO) --scale $(SCALE) --port $(PORT)

# WORKERS is how many test files run at a time: more than there are cores, since some of them wait for servers and for
# Airflow.
WORKERS ?= 4

# The whole suite, its branch coverage, and an end in red below the gate (pyproject.toml). With ARGS, such as a file or
# a test's name, only those tests: nothing is measured.
test: .venv/.dev object-stores
ifeq ($(strip $(ARGS)),)
	@rm -rf .cache/coverage && mkdir .cache/coverage
	@$(BIN)/python -m coverage run -m pytest -q --numprocesses $(WORKERS) --dist loadfile
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report
else
	@$(BIN)/python -m pytest -q --numprocesses $(WORKERS) --dist loadfile $(ARGS)
endif

# CeleryExecutor with two workers that share no disk, a broker and a store, for root (.ci/services): within ten minutes.
test-machines: .venv/.dev .cache/workers/.made $(STORES)/.made
	@$(BIN)/python -m pytest -q tests/machines $(ARGS)

# What an image for several workers has.
.cache/workers/.made: requirements/workers.txt pyproject.toml .venv/.base
	@$(call environment,.cache/workers,requirements/workers.txt)
	@$(BIN)/uv pip install --quiet --offline --no-deps --no-build-isolation --python .cache/workers --editable .
	@touch $@

# Rules, properties and units, without a server, Airflow or a browser: in a minute.
test-quick: .venv/.dev
	@$(BIN)/python -m pytest -q --quick --numprocesses 2 --dist loadfile $(ARGS)

# The style, the types, the rooms, deploy/, the wheel in an environment of its own, and the image where one can be built.
check: .venv/.dev wheel
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/hadolint deploy/Containerfile
	@$(BIN)/kubernetes-validate --strict --quiet deploy/pod-template.yaml
	@bash .ci/try-wheel
	@bash .ci/try-image

# The package with its SQL, data and DAG files, in .cache/wheel.
wheel: .venv/.base
	@rm -rf .cache/build .cache/wheel
	@$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir .cache/wheel .

# Thousands of conversations with a host that spoils its answers, each documented line to fetch while its drop is replaced
# 50 times, the gate against the reference on 10,000 histories, every mutant of its SQL, and up to 300 histories of several nights with anything between them: within an hour on two
# cores, most of it the nights (`ARGS="--only nights"`).
# BUDGET is how many seconds it may take, SEED which histories it makes and where among the mutants it begins.
proof: .venv/.dev
	@$(BIN)/python -m tests.proof $(if $(BUDGET),--budget $(BUDGET)) $(if $(SEED),--seed $(SEED)) $(ARGS)

# docs/images anew, from the demo under Airflow in Chromium: some minutes.
pictures: .venv/.dev
	@$(BIN)/python -m tests.browser.pictures

bench: .venv/.base
	@$(BIN)/python -m bench.run $(ARGS)

# As root, with OpenSSH and the test accounts: our publications beside OpenSSH's own sftp.
bench-sftp: .venv/.dev
	@$(BIN)/python -m bench.sftp $(ARGS)

.venv/.dev: .venv/.base requirements/dev.txt
	@$(call install,requirements/dev.txt)
	@touch $@

# Two S3 servers for tests, in an environment of their own: moto's botocore cannot stand beside the lock.
$(STORES)/.made: requirements/object-stores.txt .venv/.base
	@$(PYTHON) -m venv --clear $(STORES)
	@$(BIN)/uv pip install --quiet --require-hashes --python $(STORES)/bin/python -r requirements/object-stores.txt \
	  || $(STORES)/bin/pip install --quiet --require-hashes -r requirements/object-stores.txt
	@ln -s ../lib/$$(ls $(STORES)/lib | head -1)/site-packages/rclone_api/bin/rclone $(STORES)/bin/rclone
	@touch $@
object-stores: $(STORES)/.made

lock:
	printf 'moto[server]\nrclone-bin-api\n' | $(LOCK) - -o requirements/object-stores.txt
	echo uv | $(LOCK) - -o requirements/uv.txt
	$(LOCK) pyproject.toml -o requirements/base.txt
	echo 'statsd>=4,<5' | $(LOCK) - -o requirements/statsd.txt
	$(LOCK) --group dev -c requirements/base.txt pyproject.toml -o requirements/dev.txt
	$(LOCK) --no-strip-extras --extra celery --extra kubernetes -c requirements/base.txt pyproject.toml -o requirements/workers.txt

clean:
	rm -rf .venv .cache .demo .test
