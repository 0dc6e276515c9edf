import Foundation
import PoolConfiguration
import TestKit
import Testing
import VolumeAPI
import Volumes

@Suite(.scratchDirectory)
struct ConfigurationMistakeTests {
    @Test(arguments: [
        ("pol: a\n", 1, "pol", "pool"), ("# a\n\nquota:\n  volumse: 3\n", 4, "quota.volumse", "quota.volumes"),
        ("qouta:\n  volumes: 3\n", 1, "qouta", "quota"),
        ("pools:\n  default:\n    paht: /srv\n", 3, "pools.default.paht", "pools.default.path"),
        ("quota: {volumes: 3, nonsense: {a: {b: c}}}\n", 1, "quota.nonsense", nil),
        ("pools:\n  spare:\n    colour: blue\n", 3, "pools.spare.colour", nil),
    ])
    func `a key that may be misspelt is an error that suggests the nearest one`(
        text: String,
        line: Int,
        key: String,
        meant: String?
    ) async throws {
        let config = try write(text)
        let error = try await refusal(config)
        #expect(error.message.hasPrefix("the configuration can't be used: '\(key)': it is unknown"))
        #expect(error.cause == "it comes from \(config):\(line)")
        if let meant { #expect(error.message.hasSuffix(", did you mean '\(meant)'?")) }
    }

    @Test func `a key that resembles none is a warning with its line`() async throws {
        let config = try write("\ncolour: blue\n")
        #expect(try await read(config).warnings == ["\(config):2: unknown key 'colour' is ignored"])
    }

    @Test(arguments: [
        ("VOLUMECTL_QUOTA_VOLUME", "VOLUMECTL_QUOTA_VOLUMES"), ("VOLUMECTL_DBS", "VOLUMECTL_DB"),
        ("VOLUMECTL_POOLS_DEFUALT_PATH", "VOLUMECTL_POOLS_DEFAULT_PATH"),
        ("VOLUMECTL_POOLS_SPARE_PAHT", "VOLUMECTL_POOLS_SPARE_PATH"), ("VOLUMECTL_POOLS_DEFAULT_COLOUR", nil),
        ("VOLUMECTL_POOLS_ELSEWHERE_PATH", nil), ("volumectl_quota_volumes", "VOLUMECTL_QUOTA_VOLUMES"),
        ("VOLUMECTL_POOLS_MYPOOL_PATH", "VOLUMECTL_POOLS_MY_POOL_PATH"),
    ])
    func `a variable that may be misspelt is an error that suggests the nearest one`(name: String, meant: String?)
        async throws
    {
        let config = try write("pools: {spare: {path: /srv/spare}, myPool: {path: /srv/mine}}")
        let error = try await refusal(config, [name: "3"])
        #expect(error.message == "unknown variable \(name)" + (meant.map { ", did you mean \($0)?" } ?? ""))
    }

    @Test func `a variable that resembles none is a warning`() async throws {
        let variables = ["VOLUMECTL_SERVICE_HOST": "3", "VOLUMECTL_UNRELATED": "x"]
        #expect(
            try await read(write(""), variables).warnings == [
                "unknown variable VOLUMECTL_SERVICE_HOST is ignored",
                "unknown variable VOLUMECTL_UNRELATED is ignored",
            ]
        )
    }

    @Test(arguments: [
        ("enabled-pools: [fast]\npools: {fsat: {path: /srv}}\n", "fast", "fsat"),
        ("enabled-pools: [defualt]\n", "defualt", "default"), ("enabled-pools: [bulk]\n", "bulk", nil),
    ])
    func `an enabled pool without a description is an error`(text: String, pool: String, meant: String?) async throws {
        let problem = "the configuration can't be used: 'enabled-pools': nothing describes pool '\(pool)'"
        let error = try await refusal(write(text))
        #expect(error.message.hasPrefix(problem))
        if let meant { #expect(error.message == "\(problem), did you mean '\(meant)'?") }
    }

    @Test func `a variable or an empty section describes a pool, and the built-in pool needs neither`() async throws {
        let config = try write("enabled-pools: [default, remote, spare]\npools:\n  remote:\n")
        let variables = ["VOLUMECTL_POOLS_SPARE_PATH": ScratchDirectory.path + "/spare"]
        let pools = try await read(config, variables).configuration.pools
        #expect(pools.map(\.name) == ["default", "remote", "spare"])
    }

    @Test func `the pool for volumes that name none has to be enabled`() async throws {
        let error = try await refusal(write(""), ["VOLUMECTL_POOL": "defualt"])
        #expect(error.message.hasSuffix("no pool 'defualt' is enabled, did you mean 'default'?"))
    }

    @Test(arguments: [
        ("loopback", "volume-group", "vg", "lvm"), ("rbd", "path", "/srv", "loopback"),
        ("lvm", "command", "/bin/true", "external"),
    ])
    func `a key of another driver is an error that names this driver`(
        driver: String,
        key: String,
        value: String,
        reader: String
    ) async throws {
        let variable = "VOLUMECTL_POOLS_DEFAULT_\(key.uppercased().replacing("-", with: "_"))"
        let error = try await refusal(write(""), [variable: value, "VOLUMECTL_POOLS_DEFAULT_DRIVER": driver])
        #expect(error.message.contains("'pools.default.\(key)': driver '\(driver)' does not read it, but \(reader)"))
        #expect(error.cause == "it comes from \(variable)")
    }

    @Test(arguments: [
        ("quota:\n  <<: {volumes: 3}\n", "merge keys are not supported"),
        ("pools:\n  <<: {default: {path: /srv}}\n", "merge keys are not supported"),
        ("project: !env PROJECT\n", "it has the tag !env"), ("quota: {[a]: b}\n", "not a single value"),
    ])
    func `tags, anchors and merge keys of YAML are refused, not ignored`(text: String, problem: String)
        async throws
    {
        #expect(try await refusal(write(text)).message.contains(problem))
    }

    @Test func `a pool may be described and not enabled`() async throws {
        let read = try await read(write("pools:\n  fast:\n    path: /srv/fast\n"))
        #expect(read.configuration.pools.map(\.name) == ["default"])
        #expect(read.configuration.otherPools == ["fast"])
        #expect(read.warnings.isEmpty)
    }

    @Test(arguments: [
        ("quota:\n  volumes: many\n", 2, "quota.volumes"), ("quota:\n  volumes: -2\n", 2, "quota.volumes"),
        ("quota:\n  volumes: 1.5\n", 2, "quota.volumes"), ("quota:\n  volumes: [1]\n", 2, "quota.volumes"),
        ("quota:\n  gigabytes: 99999999999999999999\n", 2, "quota.gigabytes"),
        ("quota:\n  gigabytes: 512M\n", 2, "quota.gigabytes"), ("quota: 3\n", 1, "quota"),
        ("quota: [volumes]\n", 1, "quota"), ("\nproject: {a: b}\n", 2, "project"), ("project: ../x\n", 1, "project"),
        ("db: here.db\n", 1, "db"), ("db: /a/../b.db\n", 1, "db"),
        ("db: \"/a\\tb\"\n", 1, "db"), ("pools: [default]\n", 1, "pools"),
        ("pools:\n  default: /srv\n", 2, "pools.default"),
        ("pools:\n  default:\n    driver: zfs\n", 3, "pools.default.driver"),
        ("pools:\n  default:\n    path: srv\n", 3, "pools.default.path"),
        ("pools:\n  default:\n    path: /srv/./x\n", 3, "pools.default.path"),
        ("pools:\n  default:\n    reserved-percentage: 101\n", 3, "pools.default.reserved-percentage"),
        ("pools:\n  default:\n    over-subscription-ratio: 0.5\n", 3, "pools.default.over-subscription-ratio"),
        ("pools:\n  default:\n    over-subscription-ratio: nan\n", 3, "pools.default.over-subscription-ratio"),
        ("pools:\n  default:\n    over-subscription-ratio: often\n", 3, "pools.default.over-subscription-ratio"),
        ("enabled-pools: default\n", 1, "enabled-pools"), ("enabled-pools: [a, a]\n", 1, "enabled-pools"),
        ("enabled-pools: [../a]\n", 1, "enabled-pools"), ("enabled-pools: [[a]]\n", 1, "enabled-pools"),
    ])
    func `an invalid value is an error with its line and key`(text: String, line: Int, key: String)
        async throws
    {
        let config = try write(text)
        let error = try await refusal(config)
        #expect(error.message.hasPrefix("the configuration can't be used: '\(key)': "))
        #expect(error.cause == "it comes from \(config):\(line)")
    }

    @Test(arguments: [
        ("VOLUMECTL_QUOTA_VOLUMES", "many"), ("VOLUMECTL_QUOTA_VOLUMES", " 3"),
        ("VOLUMECTL_DB", "here.db"), ("VOLUMECTL_POOLS_DEFAULT_DRIVER", "zfs"), ("VOLUMECTL_STATE_DIRECTORY", "here"),
        ("VOLUMECTL_PROJECT", "a b"),
    ])
    func `an invalid variable is an error with its name`(name: String, value: String) async throws {
        #expect(try await refusal(write(""), [name: value]).cause == "it comes from \(name)")
    }

    @Test(arguments: [
        ("a: [\n", ":2:1: "), ("a: b: c\n", ":1:5: "), ("\tproject: x\n", ":1: the line begins with a tab"),
        ("quota:\n  \tvolumes: 3\n", ":2: the line begins with a tab"), ("- a\n", ":1: "),
        ("text\n", ":1: "),
        ("project: a\nproject: b\n", ":1: duplicate key: project"), ("--- a\n--- b\n", ""), ("a: *b\n", ""),
        ("'", ""),
    ])
    func `a file that is not a mapping is an error with the place`(text: String, place: String) async throws {
        try await expectRefusal(of: text, because: place)
    }

    @Test(arguments: [("[", 100_000, ""), ("#\n", 1 << 20, "1048576 bytes")])
    func `a file that is too large or too deep is an error, too`(part: String, count: Int, cause: String) async throws {
        try await expectRefusal(of: String(repeating: part, count: count), because: cause)
    }

    private func expectRefusal(of text: String, because place: String) async throws {
        let config = try write(text)
        let error = try await refusal(config)
        #expect(error.message == "the configuration file '\(config)' can't be used")
        #expect(error.cause?.contains(place) == true || place.isEmpty, "\(error)")
    }

    @Test func `a pipe without a writer is an error`() async throws {
        let pipe = ScratchDirectory.path + "/pipe"
        try #require(mkfifo(pipe, 0o600) == 0)
        #expect(try await refusal(pipe).cause == "nobody has written to it for 10 seconds")
    }

    @Test func `a file that can't be read is an error that says why`() async throws {
        let binary = ScratchDirectory.path + "/binary.yaml"
        try Data([0xFF, 0xFE, 0x00]).write(to: URL(filePath: binary))
        for (file, cause) in [
            ("/none.yaml", "No such file or directory"), (ScratchDirectory.path, "Is a directory"),
            (binary, "it is not UTF-8"), ("", "No such file or directory"),
        ] {
            #expect(try await refusal(file).cause == cause)
            guard !file.isEmpty else { continue }
            #expect(try await refusal(nil, ["VOLUMECTL_CONFIG": file]).cause == cause)
        }
    }

    @Test func `an unusable file is reported with the way to name another`() async throws {
        let named = "correct it, or name another "
        let option = try await refusal("/none.yaml", ["VOLUMECTL_CONFIG": "/other.yaml"])
        #expect(option.remedies.contains(.advice(named + "with --config")))
        let variable = try await refusal(nil, ["VOLUMECTL_CONFIG": "/none.yaml"])
        #expect(variable.remedies.contains(.advice(named + "in VOLUMECTL_CONFIG")))
    }

    @Test(arguments: [("rbd-pool", "a/b"), ("rbd-user", "-x"), ("rbd-ceph-conf", "ceph.conf"), ("rbd-keyring", "key")])
    func `an invalid driver option is reported with its key and line`(key: String, value: String) async throws {
        let config = try write("enabled-pools: [ceph]\npools:\n  ceph:\n    driver: rbd\n    \(key): \(value)\n")
        let error = try await refusal(config)
        #expect(error.message.hasPrefix("the configuration can't be used: 'pools.ceph.\(key)': '\(value)' is not "))
        #expect(error.cause == "it comes from \(config):5")
    }

    @Test func `a missing required key is reported as set by nothing`() async throws {
        let error = try await refusal(write("enabled-pools: [group]\npools: {group: {driver: lvm}}\n"))
        #expect(error.message.contains("'pools.group.volume-group': it is missing"))
        #expect(error.cause == "nothing sets it" && error.remedies == [.showConfigurationSample])
    }
}
