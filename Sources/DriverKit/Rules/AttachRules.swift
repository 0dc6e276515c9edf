internal import Glibc
internal import Identity
internal import RuleKit
internal import VolumeDriver

/// How volumes are used on this host.
let attachRules: [Rule] = [
    Rule("attach-twice", "to attach a volume again answers the same, for every instance", of: .attach) { bench in
        let volume = try await bench.created()
        let first = try await bench.driver.attaching.attach(volume, operation: .random())
        let second = try await bench.another().attaching.attach(volume, operation: .random())
        try bench.expect(first == second, "it is attached at '\(first.path)', and then at '\(second.path)'")
        try bench.expect(access(first.path, R_OK | W_OK) == 0, "'\(first.path)' can't be read and written to")
        if first.isDevice {
            let seen = try await bench.another().attaching.attachment(of: volume)
            try bench.expect(seen == first, "what is attached is not seen by another instance")
        }
    },
    Rule("attach-at-once", "of two who attach one volume at once both get the same", of: .attach) { bench in
        for _ in 1...3 {
            let volume = try await bench.created()
            try await bench.twiceAtOnce("attach") { driver throws(DriverError) in
                _ = try await driver.attaching.attach(volume, operation: .random())
            }
            try await bench.driver.attaching.detach(volume, operation: .random())
            let left = try await bench.driver.attaching.attachment(of: volume)
            try bench.expect(left == nil, "attached twice and detached once, it is still at '\(left?.path ?? "")'")
        }
    },
    Rule("attach-absent", "to attach a volume that isn't there fails with 'not-found'", of: .attach) { bench in
        let volume = bench.volume()
        try await bench.expect([.notFound], from: "attach of an absent volume") { () throws(DriverError) in
            _ = try await bench.driver.attaching.attach(volume, operation: .random())
        }
        try await bench.expect(volume, is: .absent, "after attach of an absent volume")
    },
    Rule("attach-size", "what is attached has exactly the volume's size, also after it was extended", of: .attach) {
        bench in
        let volume = try await bench.created()
        let attachment = try await bench.driver.attaching.attach(volume, operation: .random())
        guard attachment.format == .raw else { throw Skip("what is attached is not raw") }
        var size = try ByteFile(attachment.path, O_RDONLY).size
        try bench.expect(size == bench.size.bytes, "'\(attachment.path)' has \(size) bytes, not \(bench.size.bytes)")
        guard let extending = try? bench.driver.extending else { return }
        let larger = bench.size.plus(bench.unit)
        try await extending.extend(volume, to: larger, operation: .random())
        size = try ByteFile(attachment.path, O_RDONLY).size
        try bench.expect(size == larger.bytes, "extended while attached, it has \(size) bytes, not \(larger.bytes)")
    },
    Rule("detach-twice", "to detach a volume again, or one that isn't there, is success", of: .attach) { bench in
        let volume = try await bench.created()
        _ = try await bench.driver.attaching.attach(volume, operation: .random())
        for _ in 1...2 { try await bench.driver.attaching.detach(volume, operation: .random()) }
        let left = try await bench.driver.attaching.attachment(of: volume)
        try bench.expect(left == nil, "after detach, it is still at '\(left?.path ?? "")'")
        try await bench.driver.attaching.detach(bench.volume(), operation: .random())
    },
    Rule("attach-keeps-data", "what is written to the attachment is there after the next attach", of: .attach) {
        bench in
        let volume = try await bench.created()
        for seed: UInt8 in 1...2 {
            let attachment = try await bench.driver.attaching.attach(volume, operation: .random())
            guard attachment.format == .raw else { throw Skip("what is attached is not raw") }
            if seed > 1 {
                let bytes = try ByteFile(attachment.path, O_RDONLY).read(65536, at: 0)
                try bench.expect(bytes == bench.pattern(seed - 1, 65536), "after detach and attach, the data is gone")
            }
            try ByteFile(attachment.path, O_RDWR).write(bench.pattern(seed, 65536), at: 0)
            try await bench.driver.attaching.detach(volume, operation: .random())
        }
    },
    Rule(
        "attach-keeps-volume",
        "a volume that is attached as a device is busy, and can be deleted after detach",
        of: .attach
    ) {
        bench in
        let volume = try await bench.created()
        let attachment = try await bench.driver.attaching.attach(volume, operation: .random())
        guard attachment.isDevice else { throw Skip("what is attached is not a device") }
        try await bench.expect([.busy], from: "delete of an attached volume") { () throws(DriverError) in
            try await bench.driver.delete(volume, operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after the delete of an attached volume")
        try await bench.driver.attaching.detach(volume, operation: .random())
        try await bench.driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after detach and delete")
    },
    Rule("attach-cancelled", "an attach that is cut short is undone by a detach", of: .attach) { bench in
        let volume = try await bench.created()
        let driver = try bench.driver.attaching
        try await bench.cancelling { () throws(DriverError) in
            _ = try await driver.attach(volume, operation: .random())
        } after: { _ in
            try await driver.detach(volume, operation: .random())
            let left = try await driver.attachment(of: volume)
            try bench.expect(left == nil, "an attach that was cut short and a detach leave '\(left?.path ?? "")'")
        }
    },
]

/// How volumes are served to others.
let exportRules: [Rule] = [
    Rule("export-twice", "to export a volume again answers the same, and every instance sees it", of: .export) {
        bench in
        let driver = try bench.driver.exporting
        try bench.expect(!driver.exportTypes.isEmpty, "no type of export is offered")
        for type in driver.exportTypes.sorted(by: { $0.rawValue < $1.rawValue }) {
            let volume = try await bench.created()
            let first = try await driver.export(volume, as: type, operation: .random())
            try bench.expect(
                first.type == type && !first.uri.isEmpty,
                "an export as \(type) is '\(first.uri)', \(first.type)"
            )
            let second = try await driver.export(volume, as: type, operation: .random())
            try bench.expect(first == second, "it is exported as '\(first.uri)', and then as '\(second.uri)'")
            let seen = try await bench.another().exporting.export(of: volume)
            try bench.expect(seen == first, "another instance sees the export as '\(seen?.uri ?? "nothing")'")
        }
    },
    Rule("unexport-twice", "to end an export again, or one that never was, is success", of: .export) { bench in
        let driver = try bench.driver.exporting
        let volume = try await bench.created()
        for type in driver.exportTypes {
            _ = try await driver.export(volume, as: type, operation: .random())
            for _ in 1...2 { try await driver.unexport(volume, operation: .random()) }
            let left = try await driver.export(of: volume)
            try bench.expect(left == nil, "after unexport, it is still served as '\(left?.uri ?? "")'")
        }
        try await driver.unexport(bench.volume(), operation: .random())
        try await driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after unexport and delete")
    },
    Rule("export-wrong", "a volume that isn't there, or a type that isn't offered, is not exported", of: .export) {
        bench in
        let driver = try bench.driver.exporting
        let absent = bench.volume()
        for type in driver.exportTypes {
            try await bench.expect([.notFound], from: "export of an absent volume") { () throws(DriverError) in
                _ = try await driver.export(absent, as: type, operation: .random())
            }
        }
        let volume = try await bench.created()
        try await bench.expect([.refused], from: "export as 'carrier-pigeon'") { () throws(DriverError) in
            _ = try await driver.export(volume, as: ExportType(rawValue: "carrier-pigeon"), operation: .random())
        }
    },
    Rule("export-at-once", "of two who export one volume at once both get the same", of: .export) { bench in
        let driver = try bench.driver.exporting
        for type in driver.exportTypes {
            let volume = try await bench.created()
            try await bench.twiceAtOnce("export") { driver throws(DriverError) in
                _ = try await driver.exporting.export(volume, as: type, operation: .random())
            }
            try await driver.unexport(volume, operation: .random())
            let left = try await driver.export(of: volume)
            try bench.expect(left == nil, "exported twice and ended once, it is still at '\(left?.uri ?? "")'")
        }
    },
    Rule("export-keeps-volume", "a volume that is served is busy, and can be deleted after unexport", of: .export) {
        bench in
        let driver = try bench.driver.exporting
        for type in driver.exportTypes {
            let volume = try await bench.created()
            let export = try await driver.export(volume, as: type, operation: .random())
            try await bench.expect([.busy], from: "delete of a served volume") { () throws(DriverError) in
                try await driver.delete(volume, operation: .random())
            }
            try await bench.expect(volume, is: .complete(bench.size), "after the delete of a served volume")
            let seen = try await driver.export(of: volume)
            try bench.expect(seen == export, "after the delete of a served volume, it is not served any more")
            try await driver.unexport(volume, operation: .random())
            try await driver.delete(volume, operation: .random())
            try await bench.expect(volume, is: .absent, "after unexport and delete")
        }
    },
    Rule(
        "export-excludes-attach",
        "a volume that is served can't be attached, nor one be served that is attached as a device",
        of: [.export, .attach]
    ) {
        bench in
        let (driver, attaching) = (try bench.driver.exporting, try bench.driver.attaching)
        for type in driver.exportTypes {
            let volume = try await bench.created()
            _ = try await driver.export(volume, as: type, operation: .random())
            try await bench.expect([.busy], from: "attach of a served volume") { () throws(DriverError) in
                _ = try await attaching.attach(volume, operation: .random())
            }
            try await driver.unexport(volume, operation: .random())
            let attachment = try await attaching.attach(volume, operation: .random())
            guard attachment.isDevice else { continue }
            try await bench.expect([.busy], from: "export of an attached volume") { () throws(DriverError) in
                _ = try await driver.export(volume, as: type, operation: .random())
            }
            let seen = try await attaching.attachment(of: volume)
            try bench.expect(seen == attachment, "after the export of an attached volume, it is not attached any more")
        }
    },
    Rule("export-cancelled", "an export that is cut short is undone by an unexport", of: .export) { bench in
        let driver = try bench.driver.exporting
        for type in driver.exportTypes {
            let volume = try await bench.created()
            try await bench.cancelling { () throws(DriverError) in
                _ = try await driver.export(volume, as: type, operation: .random())
            } after: { _ in
                try await driver.unexport(volume, operation: .random())
                let left = try await driver.export(of: volume)
                try bench.expect(left == nil, "an export that was cut short and an unexport leave '\(left?.uri ?? "")'")
            }
            try await driver.delete(volume, operation: .random())
        }
    },
]
