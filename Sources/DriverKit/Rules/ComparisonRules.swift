internal import Glibc
internal import Identity
internal import RuleKit
internal import VolumeDriver

/// Rules for comparing volumes with images.
let comparisonRules: [Rule] = [
    Rule(
        "image-compare",
        "a volume equals its image in every format, until either is changed, and a shorter image if zeros follow",
        of: .image
    ) {
        bench in
        let driver = try bench.driver.imaging
        let last = bench.size.subtracting(bench.unit)
        for format in driver.imageFormats.sorted(by: { $0.rawValue < $1.rawValue }) {
            let volume = try await bench.created()
            try await bench.write(1, to: volume)
            let image = VolumeImage(path: bench.filePath(format.rawValue), format: format)
            try await driver.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
            try await bench.expect(volume, equals: image, is: true, "after it was read to it")
            try await bench.write(2, to: volume, at: last, count: Int(bench.unit.bytes))
            try await bench.expect(volume, equals: image, is: false, "after its end was written to")
            try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
            try await bench.expect(volume, equals: image, is: true, "after the image was written to it")
        }
        guard driver.imageFormats.contains(.raw) else { return }
        let short = VolumeImage(path: bench.filePath("raw"), format: .raw)
        try bench.writeFile(short.path, bench.pattern(1, 70_000))
        let volume = try await bench.created()
        try await bench.write(1, to: volume, count: 70_000)
        try await bench.expect(volume, equals: short, is: true, "which is shorter")
        try await bench.write(3, to: volume, at: bench.unit)
        try await bench.expect(volume, equals: short, is: false, "which is shorter, after other data was written")
        let absent = bench.volume()
        try await bench.expect([.notFound], from: "compare of an absent volume") { () throws(DriverError) in
            _ = try await driver.compare(absent, with: short)
        }
    },
    Rule(
        "snapshot-image",
        "the image of a snapshot holds what its volume held then, also while the volume is attached",
        of: [.image, .snapshot]
    ) {
        bench in
        guard let driver = try? bench.driver.snapshotReading else {
            throw Skip("the driver can't save snapshots as images")
        }
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        let snapshot = try await bench.createdSnapshot(of: volume)
        try await bench.write(2, to: volume)
        try await bench.write(3, to: volume, at: bench.unit)
        let attaching = try? bench.driver.attaching
        for format in driver.imageFormats.sorted(by: { $0.rawValue < $1.rawValue }) {
            let image = VolumeImage(path: bench.filePath(format.rawValue), format: format)
            let attachment = try await attaching?.attach(volume, operation: .random())
            try await driver
                .readImage(of: snapshot, of: volume, to: image, options: TransferOptions(), operation: .random())
            if let attaching, let attachment, attachment.isDevice {
                let left = try await attaching.attachment(of: volume)
                try bench.expect(left == attachment, "after readImage of its snapshot, the volume is not attached")
            }
            try await attaching?.detach(volume, operation: .random())
            let copy = try await bench.created()
            try await driver.writeImage(image, into: copy, options: TransferOptions(), operation: .random())
            try await bench.expect(1, in: copy, "in a volume of a snapshot's image, \(format.rawValue)")
            try await bench.expectZeros(
                in: copy,
                from: bench.unit,
                to: bench.size,
                "in a volume of a snapshot's image, \(format.rawValue)"
            )
        }
        try await bench.expect(2, in: volume, "after readImage of its snapshot")
        let nowhere = VolumeImage(path: bench.filePath("image"), format: try bench.anyFormat())
        let absent = bench.snapshot(of: volume)
        try await bench.expect([.notFound], from: "readImage of an absent snapshot") { () throws(DriverError) in
            try await driver
                .readImage(of: absent, of: volume, to: nowhere, options: TransferOptions(), operation: .random())
        }
        try bench.expect(access(nowhere.path, F_OK) != 0, "readImage of an absent snapshot makes a file")
    },
]

extension Bench {
    /// Skips the rule if the driver can't compare.
    fileprivate func expect(
        _ volume: VolumeID,
        equals image: VolumeImage,
        is expected: Bool,
        _ when: String
    ) async throws {
        guard let isEqual = try await driver.imaging.compare(volume, with: image) else {
            throw Skip("the driver can't compare volumes with images")
        }
        try expect(
            isEqual == expected,
            "a volume \(isEqual ? "equals" : "differs from") its \(image.format.rawValue) image, \(when)"
        )
    }
}
