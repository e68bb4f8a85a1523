# 乡音热线. `make` alone lists what there is to do.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORKERS ?= 2
PYTEST := $(BIN)/pytest -n $(WORKERS) --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint bench screenshots prompts requirements models browser clean

help:  ## what there is to do
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/' | expand -t 14

run: $(VENV)/.installed models  ## set up what is missing, then start the hotline on this machine
	@$(BIN)/python -m speech_models.install vosk-model-small-cn-0.22 --optional --try-seconds 4
	@$(BIN)/flask --app wsgi start

setup: $(VENV)/.installed-dev models  ## install everything that running, tests and benches need

test: setup browser  ## every test, in WORKERS processes at once (2); those that need the machine to themselves first
	$(BIN)/pytest -m alone tests/browser
	$(PYTEST) -m "not alone"

check: lint  ## after each change: lint, and the tests that need no speech model, browser or database server
	$(PYTEST) -q -m "not engine and not browser and not postgresql and not other_day"

lint: $(VENV)/.installed-dev  ## style, and the rules of who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/python -m ivr.check

bench: setup  ## 20 calls at once in real time; MANIFEST names recordings with their transcripts
	@test -n "$(MANIFEST)" || { echo "Name a manifest of recordings: make bench MANIFEST=…/manifest.tsv"; exit 1; }
	$(BIN)/python -m tests.bench.speech $(MANIFEST) --out /dev/null --limit 100
	$(BIN)/python -m tests.bench.calls --manifest $(MANIFEST) --calls 20 --at-once 20

screenshots: setup browser  ## the READMEs' two pictures (docs/pictures), and one of every page in each state, in FOLDER (build/screenshots)
	$(BIN)/python -m tests.browser.screenshots $(or $(FOLDER),build/screenshots)

prompts: $(VENV)/.installed models  ## render spoken words that changed into ivr/words/audio
	$(BIN)/flask --app wsgi prompts render

requirements: $(VENV)/.installed-dev  ## pin requirements.in and requirements-dev.in again, with their newest versions
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade requirements.in -o requirements.txt
	$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --upgrade requirements-dev.in -o requirements-dev.txt

clean:  ## remove the environment and the installed models; data stays
	rm -rf $(VENV) speech_models/weights

models: $(VENV)/.installed
	@$(BIN)/python -m speech_models.install default

browser:
	@command -v chromium >/dev/null && test -e /usr/share/fonts/truetype/wqy/wqy-microhei.ttc || .ci/chromium

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 …"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { echo "The environment could not be made; on Debian: apt-get install python3-venv"; exit 1; }
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
