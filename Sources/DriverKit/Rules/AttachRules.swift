internal import Glibc
internal import Identity
internal import RuleKit
internal import VolumeDriver

/// Rules for attaching volumes.
let attachRules: [Rule] = [
    Rule("attach-twice", "attaching again returns the same attachment in every instance", of: .attach) { bench in
        let volume = try await bench.created()
        let first = try await bench.driver.attaching.attach(volume, operation: .random())
        let second = try await bench.another().attaching.attach(volume, operation: .random())
        try bench.expect(first == second, "it is attached at '\(first.path)', and then at '\(second.path)'")
        try bench.expect(access(first.path, R_OK | W_OK) == 0, "'\(first.path)' can't be read and written to")
        if first.isDevice {
            let seen = try await bench.another().attaching.attachment(of: volume)
            try bench.expect(seen == first, "another instance does not see the attachment")
        }
    },
    Rule("attach-read-only", "a device of a read-only attachment refuses writes, and detach ends it", of: .readOnly) {
        bench in
        let (volume, driver) = (try await bench.created(), try bench.driver.readOnlyAttaching)
        let attachment: LocalAttachment
        do throws(DriverError) {
            attachment = try await driver.attach(volume, isReadOnly: true, operation: .random())
        } catch {
            guard error.code == .refused else { throw error }
            throw Skip("this host has no devices for this user")
        }
        try bench.expect(attachment.isReadOnly, "the attachment at '\(attachment.path)' is not said to be read-only")
        let seen = try await bench.another().attaching.attachment(of: volume)
        try bench.expect(seen == attachment, "another instance does not see the read-only attachment")
        let file = open(attachment.path, O_RDWR | O_CLOEXEC)
        let written = file >= 0 ? pwrite(file, "x", 1, 0) : -1
        if file >= 0 { close(file) }
        try bench.expect(written < 0, "'\(attachment.path)' can be written to")
        try await bench.expect([.busy], from: "attach of a volume that is attached read-only") {
            () throws(DriverError) in
            _ = try await driver.attach(volume, operation: .random())
        }
        try await driver.detach(volume, operation: .random())
        let left = try await driver.attachment(of: volume)
        try bench.expect(left == nil, "after detach, it is still at '\(left?.path ?? "")'")
        let writable = try await driver.attach(volume, operation: .random())
        try bench.expect(!writable.isReadOnly, "attached for writing, '\(writable.path)' is said to be read-only")
        try bench.expect(access(writable.path, W_OK) == 0, "attached for writing, '\(writable.path)' refuses writes")
    },
    Rule("attach-at-once", "two concurrent attaches of a volume return the same attachment", of: .attach) { bench in
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
    Rule("attach-absent", "attaching a volume that does not exist fails with 'not-found'", of: .attach) { bench in
        let volume = bench.volume()
        try await bench.expect([.notFound], from: "attach of an absent volume") { () throws(DriverError) in
            _ = try await bench.driver.attaching.attach(volume, operation: .random())
        }
        try await bench.expect(volume, is: .absent, "after attach of an absent volume")
    },
    Rule("attach-size", "an attachment has exactly the size of the volume, also after an extend", of: .attach) {
        bench in
        let volume = try await bench.created()
        let attachment = try await bench.driver.attaching.attach(volume, operation: .random())
        guard attachment.format == .raw else { throw Skip("the attachment is not raw") }
        var size = try ByteFile(attachment.path, O_RDONLY).size
        try bench.expect(size == bench.size.bytes, "'\(attachment.path)' has \(size) bytes, not \(bench.size.bytes)")
        guard let extending = try? bench.driver.extending else { return }
        let larger = bench.size.plus(bench.unit)
        try await extending.extend(volume, to: larger, operation: .random())
        size = try ByteFile(attachment.path, O_RDONLY).size
        try bench.expect(size == larger.bytes, "extended while attached, it has \(size) bytes, not \(larger.bytes)")
    },
    Rule("detach-twice", "detaching succeeds without an attachment and without the volume", of: .attach) { bench in
        let volume = try await bench.created()
        _ = try await bench.driver.attaching.attach(volume, operation: .random())
        for _ in 1...2 { try await bench.driver.attaching.detach(volume, operation: .random()) }
        let left = try await bench.driver.attaching.attachment(of: volume)
        try bench.expect(left == nil, "after detach, it is still at '\(left?.path ?? "")'")
        try await bench.driver.attaching.detach(bench.volume(), operation: .random())
    },
    Rule("attach-keeps-data", "data written to an attachment is there after the next attach", of: .attach) {
        bench in
        let volume = try await bench.created()
        for seed: UInt8 in 1...2 {
            let attachment = try await bench.driver.attaching.attach(volume, operation: .random())
            guard attachment.format == .raw else { throw Skip("the attachment is not raw") }
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
        guard attachment.isDevice else { throw Skip("the attachment is not a device") }
        try await bench.expect([.busy], from: "delete of an attached volume") { () throws(DriverError) in
            try await bench.driver.delete(volume, operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after the delete of an attached volume")
        try await bench.driver.attaching.detach(volume, operation: .random())
        try await bench.driver.delete(volume, operation: .random())
        try await bench.expect(volume, is: .absent, "after detach and delete")
    },
    Rule("attach-cancelled", "a detach undoes an attach that was cut short", of: .attach) { bench in
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

/// Rules for exporting volumes.
let exportRules: [Rule] = [
    Rule("export-twice", "exporting again returns the same export, which every instance sees", of: .export) {
        bench in
        let driver = try bench.driver.exporting
        try bench.expect(!driver.exportTypes.isEmpty, "no type of export is supported")
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
    Rule(
        "export-read-only",
        "a read-only export lets no client write, is not replaced by a writable one, and ends with unexport",
        of: [.export, .readOnlyExport]
    ) {
        bench in
        let driver = try bench.driver.readOnlyExporting
        for type in driver.exportTypes.sorted(by: { $0.rawValue < $1.rawValue }) {
            let volume = try await bench.created()
            let first = try await driver.export(volume, as: type, isReadOnly: true, operation: .random())
            try bench.expect(first.isReadOnly, "the export '\(first.uri)' is not said to be read-only")
            if let client = try NBDClient(first.uri) {
                try bench.expect(
                    client.isReadOnly,
                    "the server of '\(first.uri)' tells its clients that they can write"
                )
                let isTaken = try client.canWrite(bench.pattern(1, 4096), at: 0)
                try bench.expect(!isTaken, "the server of '\(first.uri)' takes a write")
            }
            let second = try await bench.another().readOnlyExporting
                .export(volume, as: type, isReadOnly: true, operation: .random())
            try bench.expect(first == second, "it is exported as '\(first.uri)', and then as '\(second.uri)'")
            try await bench.expect([.refused, .busy], from: "export of a volume that is exported read-only") {
                () throws(DriverError) in
                _ = try await driver.export(volume, as: type, operation: .random())
            }
            let seen = try await bench.another().exporting.export(of: volume)
            try bench.expect(seen == first, "another instance sees the export as '\(seen?.uri ?? "nothing")'")
            try await driver.unexport(volume, operation: .random())
            try await bench.expectZeros(in: volume, to: bench.size, "after a read-only export")
            let writable = try await driver.export(volume, as: type, operation: .random())
            try bench.expect(!writable.isReadOnly, "exported for writing, it is said to be read-only")
            try await bench.expect([.refused, .busy], from: "read-only export of a volume that is exported") {
                () throws(DriverError) in
                _ = try await driver.export(volume, as: type, isReadOnly: true, operation: .random())
            }
            try await driver.unexport(volume, operation: .random())
            let left = try await driver.export(of: volume)
            try bench.expect(left == nil, "after unexport, it is still served as '\(left?.uri ?? "")'")
        }
    },
    Rule(
        "export-extend",
        "an exported volume is busy for extend, or its clients see the new size",
        of: [.export, .extend]
    ) {
        bench in
        let driver = try bench.driver.exporting
        let larger = bench.size.plus(bench.unit)
        for type in driver.exportTypes.sorted(by: { $0.rawValue < $1.rawValue }) {
            let volume = try await bench.created()
            let export = try await driver.export(volume, as: type, operation: .random())
            do throws(DriverError) {
                try await bench.driver.extending.extend(volume, to: larger, operation: .random())
            } catch {
                guard error.code == .busy else { throw error }
                try await bench.expect(volume, is: .complete(bench.size), "after extend of an exported volume was busy")
                try await driver.unexport(volume, operation: .random())
                try await bench.driver.extending.extend(volume, to: larger, operation: .random())
                continue
            }
            guard let client = try NBDClient(export.uri) else { continue }
            try bench.expect(
                client.size == UInt64(larger.bytes),
                "after extend to \(larger.bytes) bytes, clients of the export see \(client.size)"
            )
        }
    },
    Rule("unexport-twice", "unexporting succeeds without an export", of: .export) { bench in
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
    Rule("export-wrong", "exporting fails without the volume, and for a type that is not supported", of: .export) {
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
    Rule("export-at-once", "two concurrent exports of a volume return the same export", of: .export) { bench in
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
    Rule("export-keeps-volume", "an exported volume is busy, and can be deleted after unexport", of: .export) {
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
        "an exported volume can't be attached, and one that is attached as a device can't be exported",
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
    Rule("export-cancelled", "an unexport undoes an export that was cut short", of: .export) { bench in
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
