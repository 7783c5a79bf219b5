# make chat   installs into .venv, builds the index, opens the chat page
# make test   installs what the tests need, runs them
# make lint   ruff and mypy
# make fuzz   the properties of any text, tried on many more examples (minutes)
# make bench  the benchmarks (minutes)
# make clean  removes what the other targets made, but not your documents

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q
# pip would compile one file after the other; what can't be compiled are templates
INSTALL := $(PIP) install --no-compile
COMPILE := $(BIN)/python -m compileall -q -j 0 $(VENV)/lib >/dev/null || true
# On Linux, PyPI's PyTorch brings gigabytes for CUDA. TORCH_INDEX names another place to take it from.
TORCH_INDEX ?=
TORCH  := $(shell sed -n 's/^torch==/torch==/p' constraints.txt)
HOST   ?= 127.0.0.1
PORT   ?= 7860
# options of `assistant chat`, say: make chat CHAT="--no-browser"
CHAT   ?=

FUZZ   ?= 5000
# processes that run the tests (each loads an encoder), and those that check types
WORKERS ?= 2

.PHONY: chat test fuzz lint bench clean install

chat: $(VENV)/.installed
	$(BIN)/assistant chat --host $(HOST) --port $(PORT) $(CHAT)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS)

fuzz: $(VENV)/.installed-dev
	FUZZ_EXAMPLES=$(FUZZ) $(BIN)/python -m pytest -m fuzz 

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers $(WORKERS)

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks $(BENCH)

install: $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist shots benchmarks/out .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find index -mindepth 1 ! -name README.md -delete
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is older than its inputs only when they changed, so a second `make chat` starts at once.
$(VENV)/.installed: pyproject.toml constraints.txt
	@echo "Installing into $(VENV) (a few minutes the first time) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$(TORCH)"
	$(INSTALL) -c constraints.txt -e .
	@$(COMPILE)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(INSTALL) "pip>=25.1"
	$(INSTALL) -c constraints.txt --group dev -e ".[bench,evaluate,fast,langchain,llamaindex,mcp,milvus,train]"
	@$(COMPILE)
	@touch $@
