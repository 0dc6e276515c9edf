internal import Identity
internal import VolumeDriver

/// Rules for managing and unmanaging objects.
let manageRules: [Rule] = [
    Rule(
        "manage-round-trip",
        "a volume that is unmanaged and managed again under another id is unchanged",
        of: .manage
    ) {
        bench in
        let driver = try bench.driver.managing
        let (volume, name) = (try await bench.created(), bench.objectName())
        try await bench.write(1, to: volume)
        try await driver.unmanage(volume, as: name, operation: .random())
        try await bench.expect(volume, is: .absent, "after unmanage")
        let object = try await driver.manageableObjects().first { $0.name == name }
        try bench.expect(object?.size == bench.size, "the unmanaged object is not listed with its size")
        try bench.expect(object?.obstacle == nil, "the unmanaged object can't be managed: \(object?.obstacle ?? "")")
        let other = bench.volume()
        let size = try await driver.manage(name, as: other, operation: .random())
        try bench.expect(size == bench.size, "manage says \(size.bytes) bytes, not \(bench.size.bytes)")
        try await bench.expect(other, is: .complete(bench.size), "after manage")
        try await bench.expect(1, in: other, "after manage")
        let isLeft = try await driver.manageableObjects().contains { $0.name == name }
        try bench.expect(!isLeft, "the managed object is still among the manageable ones")
    },
    Rule("manage-twice", "managing or unmanaging again succeeds", of: .manage) { bench in
        let driver = try bench.driver.managing
        let (volume, name) = (try await bench.created(), bench.objectName())
        for _ in 1...2 { try await driver.unmanage(volume, as: name, operation: .random()) }
        let other = bench.volume()
        for _ in 1...2 {
            let size = try await driver.manage(name, as: other, operation: .random())
            try bench.expect(size == bench.size, "manage says \(size.bytes) bytes, not \(bench.size.bytes)")
        }
        try await bench.expect(other, is: .complete(bench.size), "after two calls of manage")
    },
    Rule("manage-taken", "an existing object is never overwritten", of: .manage) { bench in
        let driver = try bench.driver.managing
        let (first, second, name) = (try await bench.created(), try await bench.created(), bench.objectName())
        try await driver.unmanage(first, as: name, operation: .random())
        try await bench.expect([.refused], from: "unmanage to a name that is taken") { () throws(DriverError) in
            try await driver.unmanage(second, as: name, operation: .random())
        }
        try await bench.expect(second, is: .complete(bench.size), "after unmanage to a name that is taken")
        try await bench.expect([.refused], from: "manage as a volume that is there") { () throws(DriverError) in
            _ = try await driver.manage(name, as: second, operation: .random())
        }
        try await bench.expect([.refused], from: "unmanage to the name of a volume") { () throws(DriverError) in
            try await driver.unmanage(second, as: VolumeID.random().backendName, operation: .random())
        }
        try await bench.expect(second, is: .complete(bench.size), "after all that")
    },
    Rule("manage-absent", "an object that does not exist can't be managed or unmanaged", of: .manage) { bench in
        let driver = try bench.driver.managing
        let (volume, name) = (bench.volume(), bench.objectName())
        try await bench.expect([.notFound], from: "manage of nothing") { () throws(DriverError) in
            _ = try await driver.manage(name, as: volume, operation: .random())
        }
        try await bench.expect([.notFound], from: "unmanage of nothing") { () throws(DriverError) in
            try await driver.unmanage(volume, as: name, operation: .random())
        }
        try await bench.expect(volume, is: .absent, "after manage of nothing")
    },
    Rule("manage-hostile-names", "a name with a special meaning is refused and touches nothing", of: .manage) {
        bench in
        let driver = try bench.driver.managing
        let volume = try await bench.created()
        let before = Set(try await driver.manageableObjects())
        for name in hostileNames {
            try await bench.expect([.refused, .notFound], from: "manage of '\(name.debugDescription)'") {
                () throws(DriverError) in
                _ = try await driver.manage(name, as: bench.volume(), operation: .random())
            }
            try await bench.expect([.refused], from: "unmanage to \(name.debugDescription)") { () throws(DriverError) in
                try await driver.unmanage(volume, as: name, operation: .random())
            }
            try await bench.expect(volume, is: .complete(bench.size), "after unmanage to \(name.debugDescription)")
        }
        let after = Set(try await driver.manageableObjects())
        try bench.expect(after == before, "after hostile names, the objects differ")
    },
]

private let hostileNames = [
    "", ".", "..", "/", "../escape", "/etc/passwd", "a/b", "-f", "--help", "a\nb", "a\0b", "\u{202E}gpj", " ", "a b\t",
    "$(id)", "`id`", ";id", "*", "a@b", String(repeating: "x", count: 300),
]

/// Rules for setting up and checking pools.
let healthRules: [Rule] = [
    Rule("health-set-up-twice", "setting up a pool again changes nothing", of: .health) { bench in
        let volume = try await bench.created()
        for _ in 1...2 { try await bench.driver.healthChecking.setUp() }
        try await bench.expect(volume, is: .complete(bench.size), "after setUp")
    },
    Rule("health-findings", "a working pool has findings, and none of them is a failure", of: .health) { bench in
        let findings = try await bench.driver.healthChecking.checkHealth()
        try bench.expect(!findings.isEmpty, "nothing was checked")
        for finding in findings {
            try bench.expect(!finding.subject.isEmpty && !finding.message.isEmpty, "a finding has no text")
            try bench.expect(finding.severity != .failure, "'\(finding.subject)' is a failure: \(finding.message)")
        }
    },
]
