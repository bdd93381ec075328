# `make` alone says what there is.

# Where `make run` listens and keeps its data; both may be given: make run LISTEN=0.0.0.0:8080
LISTEN ?= $(or $(GEOREPORT_LISTEN),127.0.0.1:8311)
DATA_DIR ?= $(GEOREPORT_DATA_DIR)

.DEFAULT_GOAL := help
.PHONY: help run test conformance bench bench-large fuzz scan sbom fmt clean-demo

help:
	@echo "make run         install what is missing, build, and serve the demo on $(LISTEN)"
	@echo "make test        every check and every test, as CI runs them"
	@echo "make conformance hold a fresh server against the standard, rule by rule"
	@echo "make bench       measure the server against PostgreSQL and the network stack; about an hour"
	@echo "make bench-large the same with ten million service requests instead of one; some hours"
	@echo "make fuzz        look for input that breaks a parser, a minute for each"
	@echo "make scan        let sqlmap, wapiti and ffuf loose on a demo; about twenty minutes"
	@echo "make sbom        write what each program is made of (CycloneDX) to target/sbom"
	@echo "make fmt         put the code into its standard format"
	@echo "make clean-demo  delete the data of make run"
	@echo
	@echo "make run takes LISTEN=ADDRESS:PORT and DATA_DIR=FOLDER."

# PostgreSQL refuses to run as root, so root's server runs it as postgres (or nobody), who must be
# able to enter the folder: a checkout under /root is closed to them.
define data_dir
if [ -n "$(DATA_DIR)" ]; then dir="$(DATA_DIR)"; \
else \
	dir=./georeport-data; \
	user=postgres; id postgres >/dev/null 2>&1 || user=nobody; \
	if [ "$$(id -u)" = 0 ] && command -v setpriv >/dev/null && \
		! setpriv --reuid="$$(id -u $$user)" --regid="$$(id -g $$user)" --clear-groups \
			sh -c 'cd "$$1"' sh "$(CURDIR)" 2>/dev/null; then \
		dir=/var/lib/georeport-demo; \
	fi; \
fi
endef

# DATABASE_URL is left out: the demo must not land in a database that was meant for something else.
run:
	@.ci/packages
	@echo "Building the server; the first time takes some minutes."
	@cargo build --release --locked -p api
	@$(data_dir); \
	if [ "$$dir" = /var/lib/georeport-demo ]; then \
		echo "The user of the database cannot enter $(CURDIR): the data is kept in $$dir."; \
		echo "For other subcommands: export GEOREPORT_DATA_DIR=$$dir"; \
	fi; \
	exec env -u DATABASE_URL target/release/georeport serve --demo --data-dir "$$dir" --listen "$(LISTEN)"

test:
	@.ci/packages test
	@.ci/tools
	@echo "== 1 of 8: the code is in its standard format"
	@cargo fmt --all --check
	@echo "== 2 of 8: no lint has anything to say"
	@cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
	@echo "== 3 of 8: every crate keeps to its layer"
	@.ci/layers
	@echo "== 4 of 8: no SQL is built from text"
	@.ci/statements
	@echo "== 5 of 8: what others wrote: licences, sources, known faults, and the list of it all"
	@.ci/supply-chain
	@echo "== 6 of 8: the server builds, as it ships but for optimisation"
	@cargo build --workspace --locked
	@echo "== 7 of 8: unit, storage and api tests; the OpenAPI document is up to date"
	@cargo test --workspace --all-features --locked --exclude conformance-tests
	@echo "== 8 of 8: the server over HTTP, against the standard, with real clients, and every command of README.md"
	@cargo test -p conformance-tests --all-features --locked
	@echo "every test passed"

# The standard's rules against a fresh server; the table says which are kept.
conformance:
	@.ci/packages
	@cargo build --locked -p api -p georeport-conformance
	@.ci/conformance

# Databases stay under target/bench for the next run: a million service requests take 4 GB.
bench: BENCH_ROWS = 50000,1000000
bench: REPORT = docs/benchmarks.md
bench-large: BENCH_ROWS = 50000,10000000
bench-large: REPORT = docs/benchmarks-large.md
bench bench-large:
	@.ci/packages
	@echo "Building the server as containers ship it; the first time takes some minutes."
	@cargo build --profile dist --locked -p api -p georeport-bench
	@$(data_dir); data=target/bench; [ "$$dir" = ./georeport-data ] || data="$$dir-bench"; \
	target/dist/georeport-bench run --rows "$(BENCH_ROWS)" --data "$$data" --report $(REPORT) $(BENCH)

scan:
	@.ci/packages test
	@cargo build --locked -p api
	@.ci/scan

# What each program is made of; CI makes it with every build.
sbom:
	@.ci/packages test
	@.ci/tools
	@.ci/sbom

fuzz:
	@fuzz/run

fmt:
	@cargo fmt --all

# The server may still use it: its lock tells.
clean-demo:
	@$(data_dir); \
	if [ ! -e "$$dir" ]; then echo "there is no $$dir"; exit 0; fi; \
	if [ ! -e "$$dir/serve.lock" ]; then echo "$$dir is no data folder of georeport: it stays" >&2; exit 1; fi; \
	if command -v flock >/dev/null && ! flock -n "$$dir/serve.lock" true; then \
		echo "a georeport serves from $$dir: stop it first" >&2; exit 1; \
	fi; \
	rm -rf "$$dir" && echo "deleted $$dir"
