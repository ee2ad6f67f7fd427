# Short names for what everyone runs; `make` alone lists them. CI runs `make test` and nothing else.
#
# Everything is built in the release profile, so that the program, its tests and the checks share one build of each dependency.

POPULACE := cargo run --release --quiet --bin populace --
DEMO := demo
PAGES := crates/cli/tests/pages

# Properties are tried on the same cases everywhere, so that a failure is of the change at hand; another seed looks at others: `PROPTEST_RNG_SEED=7 make unit`.
export PROPTEST_RNG_SEED ?= 20260723

.DEFAULT_GOAL := help
.PHONY: help demo test build packs fmt fmt-check clippy unit networks pages doc prerequisites clean-demo

help: ## list these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

demo: build packs ## build, install the assets, make 24 small labelled faces and their contact sheet
	$(POPULACE) make recipes/faces.yaml --count 24 --size 256 -o $(DEMO)/faces
	$(POPULACE) view $(DEMO)/faces -o $(DEMO)/faces.png
	@echo "look at $(DEMO)/faces.png; the data set is $(DEMO)/faces"

test: prerequisites fmt-check clippy unit networks pages doc ## everything CI runs: format, lints, all tests, reports in a browser, documentation

build: prerequisites ## build the program
	cargo build --release

packs: build ## install the assets that people are made from
	$(POPULACE) packs install

fmt: ## format the code
	cargo fmt --all

fmt-check: prerequisites
	cargo fmt --all --check

clippy: prerequisites ## lints, as errors
	cargo clippy --release --workspace --all-targets -- -D warnings

unit: packs ## all tests, those in documentation too
	cargo test --release --workspace

# ONNX Runtime runs users' own networks and nothing of ours, so nobody must have it; a machine where pip does not find it is told what was not checked.
networks: unit ## run the tests of users' own networks, by ONNX Runtime
	@folder="$${CARGO_TARGET_DIR:-target}/tmp/onnxruntime"; \
	library() { find "$$folder" -name 'libonnxruntime.*' 2>/dev/null | head -n 1; }; \
	[ -n "$$(library)" ] || python3 -m pip install --quiet --quiet --no-deps --target "$$folder" onnxruntime; \
	if [ -n "$$(library)" ]; then \
		ORT_DYLIB_PATH="$$(realpath "$$(library)")" cargo test --release --workspace --test cli -- --ignored onnx; \
	else \
		echo "NOT CHECKED: no network of a user was run: \`python3 -m pip install onnxruntime\` fails; a reachable package index mends that" >&2; \
	fi

# Debian's Chromium is looked for, and installed where that needs no password; a machine without it is told what was not checked.
pages: unit ## open the reports that tests wrote in Chromium
	@if { command -v chromium >/dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && apt-get install --yes --quiet chromium >/dev/null 2>&1; }; } \
		&& npm ci --silent --no-audit --no-fund --prefer-offline --prefix $(PAGES); then \
		node $(PAGES)/look.mjs "$${CARGO_TARGET_DIR:-target}/tmp/pages"; \
	else \
		echo "NOT CHECKED: no report was opened in a browser: Chromium or playwright-core is missing; \`apt-get install chromium\` and a reachable npm registry mend that" >&2; \
	fi

doc: prerequisites ## documentation, with broken links as errors
	RUSTDOCFLAGS="-D warnings" cargo doc --release --workspace --no-deps

clean-demo: ## remove what `make demo` made
	rm -rf $(DEMO)

# Names everything that is missing, each in one sentence with the command that installs it.
prerequisites:
	@missing=0; \
	need() { echo "error: populace needs $$1, which is not installed; install it with \`$$2\`" >&2; missing=1; }; \
	command -v cargo >/dev/null 2>&1 || need cargo "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh"; \
	command -v cc >/dev/null 2>&1 || need "a C compiler to link with" "apt-get install build-essential"; \
	if command -v python3 >/dev/null 2>&1; then \
		python3 -m pip --version >/dev/null 2>&1 || need pip "apt-get install python3-pip"; \
	else \
		need python3 "apt-get install python3 python3-pip"; \
	fi; \
	command -v npm >/dev/null 2>&1 || need npm "apt-get install npm"; \
	if [ $$missing = 1 ]; then exit 2; fi; \
	cargo fmt --version >/dev/null 2>&1 || need rustfmt "rustup component add rustfmt"; \
	cargo clippy --version >/dev/null 2>&1 || need clippy "rustup component add clippy"; \
	if [ $$missing = 1 ]; then exit 2; fi
