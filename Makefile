# The commands in the README and CI. `make demo` and `make test` work on a fresh Debian or Ubuntu with a Swift 6 toolchain.

# The optional traits, which are tested, too.
TRAITS = --traits Metrics,Tracing

# SwiftPM passes the traits to the compiler in the order of a set, which differs from process to process, and another order compiles
# every module again. Without random hashes it is the same in each build.
BUILD = SWIFT_DETERMINISTIC_HASHING=1 swift build $(TRAITS)

# The tools that tests need. Tests without their tools are skipped with the reason.
TOOLS = btrfs-progs e2fsprogs kmod libnbd-bin libpq-dev lvm2 postgresql procps python3 python3-pip qemu-utils strace thin-provisioning-tools xfsprogs

# The packages for a Ceph cluster of one node and its driver.
CEPH = ceph-common ceph-mgr ceph-mon ceph-osd qemu-block-extra qemu-utils

.PHONY: demo test test-all test-lvm test-ceph test-postgresql simulate lint bench bench-drivers bench-hosts bench-peers docs soak \
	soak-ceph soak-lvm soak-service torture-hosts man setup tools guest guests release deb test-deb clean

demo: setup
	$(BUILD) --product volumectl
	PATH="$(CURDIR)/.build/debug:$$PATH" Scripts/demo

# In groups, with a list of the skipped tests at the end.
test: setup tools guests
	$(BUILD) --build-tests
	Scripts/test

# The same, and beside them the tests on a temporary Ceph cluster of one node.
test-all: setup tools guests
	Scripts/install-dependencies $(CEPH)
	$(BUILD) --build-tests
	Scripts/test --ceph

# Every rule of the drivers' contract on real device-mapper.
test-lvm: setup tools guest
	$(BUILD) --build-tests
	swift test --skip-build $(TRAITS) --filter GuestTests

# More seeds than CI tries, before a release: make simulate SEEDS=1000000
SEEDS ?= 1000000
SERVICE_SEEDS ?= 5000
simulate: setup
	VOLSIM_SEEDS=$(SEEDS) VOLSIM_SERVICE_SEEDS=$(SERVICE_SEEDS) swift test -c release -Xswiftc -enable-testing --filter SimulationTests

# The tests on a Ceph cluster alone, and those of several hosts once more with a database on a server.
test-ceph: setup
	Scripts/install-dependencies $(CEPH) libnbd-bin
	$(BUILD) --build-tests
	Scripts/ceph/with swift test --skip-build $(TRAITS) --filter CephTests
	Scripts/ceph/with Scripts/postgresql/with swift test --skip-build $(TRAITS) --filter CephTests.HostsTests

# All tests that use a database on a temporary PostgreSQL server in place of files: those of databases, jobs, the domain, killed
# processes and the command line. Hosts need root; without it, the tests that need them are skipped. POSTGRESQL_TESTS chooses
# some, and CRASH_STEP=1 kills processes at every moment rather than at every seventh.
POSTGRESQL_TESTS ?= PostgreSQL|VolumesTests|SQLStoreTests|StoreSweepTests|TaskFlowSuspendTests|JobBoardWaitTests|CrashTests|VolumectlTests
CRASH_STEP ?= 7

test-postgresql: setup
	Scripts/install-dependencies postgresql
	$(BUILD) --build-tests
	VOLUMECTL_CRASH_STEP=$(CRASH_STEP) Scripts/hosts/with 2 swift test --skip-build $(TRAITS) --filter '$(POSTGRESQL_TESTS)'

lint:
	swift format lint --strict --recursive Package.swift Sources drivers Examples Tests Benchmarks
	Scripts/check-sources

bench: release
	swift build -c release --static-swift-stdlib --product benchmarks
	.build/release/benchmarks service
	.build/release/benchmarks schedule
	.build/release/benchmarks pages
	.build/release/benchmarks engine
	Scripts/install-dependencies btrfs-progs qemu-utils xfsprogs
	.build/release/benchmarks drivers loopback --image-rounds 7

# Every driver beside the bare tools: lvm in the guest, which is slow, rbd on a temporary cluster.
bench-drivers: setup guest
	Scripts/install-dependencies $(CEPH) btrfs-progs xfsprogs
	swift build -c release --static-swift-stdlib --product benchmarks
	.build/release/benchmarks drivers loopback --image-rounds 7
	.build/release/benchmarks drivers external drivers/external/example/directory-driver
	Scripts/guest/run --disk 4G --disk 2G --timeout 1800 -- .build/release/benchmarks drivers lvm /dev/ubda \
	    --scratch-disk /dev/ubdb --rounds 3 --image-rounds 3 --size 64 --image-size 256
	CEPH_OSD_BYTES=8589934592 Scripts/ceph/with .build/release/benchmarks drivers rbd --rounds 7 --image-rounds 5

# Several hosts on one PostgreSQL server, beside pgbench and DBOS.
bench-hosts:
	Scripts/install-dependencies postgresql
	swift build -c release --static-swift-stdlib --product benchmarks
	Scripts/bench-hosts .build/release/benchmarks

bench-peers:
	swift build -c release --static-swift-stdlib --product benchmarks
	Scripts/bench-peers .build/release/benchmarks

# The duration in seconds, and the driver.
SOAK_SECONDS ?= 60
SOAK_DRIVER ?= loopback

soak: setup
	$(BUILD) --product volumectl
	.build/debug/volumectl driver soak $(SOAK_DRIVER) --seconds $(SOAK_SECONDS)

# The same for lvm on real device-mapper, where calls take longer. SOAK_TYPE is thin or thick.
SOAK_TYPE ?= thin

soak-lvm: setup guest
	$(BUILD) --product volumectl
	Scripts/guest/run --disk 4G --timeout 3600 -- \
	    Tests/LVMDriverTests/Guest/soak "$(CURDIR)/.build/debug/volumectl" $(SOAK_TYPE) $(SOAK_SECONDS)

soak-ceph: setup
	Scripts/install-dependencies $(CEPH)
	$(BUILD) --product volumectl
	Scripts/ceph/with bash -c '.build/debug/volumectl driver soak rbd --set rbd-pool=volumes --set rbd-user=volumes \
	    --set rbd-ceph-conf="$$VOLUMECTL_TEST_CEPH_CONF" --seconds $(SOAK_SECONDS) --lifetime 5000'

# Commands of the whole service in many processes that are killed, on one database. A seed repeats the choice of commands:
# VOLUMECTL_SOAK_SEED=7.
soak-service: setup tools
	$(BUILD) --build-tests
	VOLUMECTL_SOAK_SECONDS=$(SOAK_SECONDS) swift test --skip-build $(TRAITS) --filter ServiceSoakTests

# Faults of processes, links, clocks and the server, on three hosts; as root. A seed repeats the choice: FAULT_SEED=7.
FAULTS ?= 500
torture-hosts: setup tools
	$(BUILD) --build-tests
	VOLUMECTL_FAULTS=$(FAULTS) $(if $(FAULT_SEED),VOLUMECTL_FAULT_SEED=$(FAULT_SEED)) Scripts/hosts/with 5 \
	    swift test --skip-build $(TRAITS) --filter PostgreSQLHostFaultTests

docs:
	Scripts/docs

# The manual pages of the program and of each command, in man/.
man: setup
	$(BUILD) --product volumectl
	Scripts/manual .build/debug/volumectl man

# Without symbols, which are nearly half of the size: 84 MB. Those that a backtrace prints stay.
release: setup
	swift build -c release --static-swift-stdlib -Xlinker -s --product volumectl
	swift build -c release --static-swift-stdlib -Xlinker -s --product volumed

# A Debian package of them in .build; and the same, installed, used and purged on a layer over this machine, as root.
deb: release
	Scripts/install-dependencies binutils dpkg-dev python3
	Scripts/debian/build .build/release .build

test-deb: deb
	Scripts/debian/test .build/volumectl_*.deb

setup:
	@Scripts/install-dependencies

tools:
	@Scripts/install-dependencies $(TOOLS) || echo "tests whose tools are missing will be skipped"
	@Scripts/varlink/clients || echo "tests that need varlink clients from PyPI will be skipped"

# A kernel with device-mapper, the first kind that runs on this machine.
guest:
	@Scripts/guest/prepare >/dev/null || echo "device-mapper is not available"

# Every kind of guest kernel that runs here.
guests:
	@Scripts/guest/prepare --all >/dev/null || echo "tests that need device-mapper will be skipped"

clean:
	swift package clean
