internal import Glibc
internal import Identity
internal import RuleKit
internal import Synchronization
internal import VolumeDriver

/// Rules for transferring images.
let imageRules: [Rule] = [
    Rule(
        "image-round-trip",
        "a volume read to an image and written to another volume is equal in every format",
        of: .image
    ) {
        bench in
        let driver = try bench.driver.imaging
        try bench.expect(!driver.imageFormats.isEmpty, "no image format is supported")
        let volume = try await bench.created()
        try await bench.write(1, to: volume)
        try await bench.write(2, to: volume, at: bench.size.subtracting(bench.unit))
        for format in driver.imageFormats.sorted(by: { $0.rawValue < $1.rawValue }) {
            let image = VolumeImage(path: bench.filePath(format.rawValue), format: format)
            try await driver.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
            let copy = try await bench.created()
            try await bench.write(7, to: copy, at: bench.unit)
            try await driver.writeImage(image, into: copy, options: TransferOptions(), operation: .random())
            try await bench.expect(1, in: copy, "after a round trip as \(format.rawValue)")
            try await bench.expect(2, in: copy, at: bench.size.subtracting(bench.unit), "after a round trip")
            try await bench.expectZeros(
                in: copy,
                from: bench.unit,
                to: bench.size.subtracting(bench.unit),
                "after a round trip as \(format.rawValue)"
            )
        }
    },
    Rule("image-exact", "a raw image equals the volume, which has zeros after a shorter one", of: .image) {
        bench in
        let driver = try bench.driver.imaging
        guard driver.imageFormats.contains(.raw) else { throw Skip("raw images are not supported") }
        let image = VolumeImage(path: bench.filePath("raw"), format: .raw)
        try bench.writeFile(image.path, bench.pattern(5, 70_000))
        let volume = try await bench.created()
        try await bench.write(7, to: volume, at: bench.unit)
        try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        try await bench.expect(5, in: volume, count: 70_000, "after writeImage")
        try await bench.expectZeros(in: volume, from: bench.unit, to: bench.size, "after writeImage of a shorter image")
        let back = VolumeImage(path: bench.filePath("raw"), format: .raw)
        for _ in 1...2 {
            try await driver.readImage(of: volume, to: back, options: TransferOptions(), operation: .random())
        }
        let file = try ByteFile(back.path, O_RDONLY)
        let size = try file.size
        try bench.expect(size == bench.size.bytes, "the image has \(size) bytes, not \(bench.size.bytes)")
        let bytes = try file.read(70_000, at: 0)
        try bench.expect(bytes == bench.pattern(5, 70_000), "the image does not hold what the volume does")
    },
    Rule("image-too-large", "an image larger than the volume is refused", of: .image) { bench in
        let driver = try bench.driver.imaging
        guard driver.imageFormats.contains(.raw) else { throw Skip("raw images are not supported") }
        let image = VolumeImage(path: bench.filePath("raw"), format: .raw)
        try bench.writeFile(image.path, [1], size: bench.size.bytes + 1)
        let volume = try await bench.created()
        try await bench.expect([.refused], from: "writeImage of one byte too many") { () throws(DriverError) in
            try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        }
        try await bench.expect(volume, is: .complete(bench.size), "after writeImage of one byte too many")
        try await bench.expectZeros(in: volume, to: bench.size, "after writeImage was refused")
    },
    Rule("image-absent", "calls without the volume or the image file fail and change nothing", of: .image) { bench in
        let driver = try bench.driver.imaging
        let format = driver.imageFormats.contains(.raw) ? ImageFormat.raw : .qcow2
        let (nowhere, image) = (bench.volume(), VolumeImage(path: bench.filePath("image"), format: format))
        try await bench.expect([.notFound], from: "readImage of an absent volume") { () throws(DriverError) in
            try await driver.readImage(of: nowhere, to: image, options: TransferOptions(), operation: .random())
        }
        try bench.expect(access(image.path, F_OK) != 0, "readImage of an absent volume makes a file")
        let volume = try await bench.created()
        try await bench.expect([.notFound, .refused], from: "writeImage of an absent file") { () throws(DriverError) in
            try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        }
        try await bench.expectZeros(in: volume, to: bench.size, "after writeImage of an absent file")
        try await bench.expect(nowhere, is: .absent, "after readImage of it")
    },
    Rule(
        "image-damaged",
        "a qcow2 image that is truncated or marked corrupt is refused, and the volume is unchanged",
        of: .image
    ) {
        bench in
        let driver = try bench.driver.imaging
        guard driver.imageFormats.contains(.qcow2) else { throw Skip("qcow2 images are not supported") }
        let image = VolumeImage(path: bench.filePath("qcow2"), format: .qcow2)
        let (source, volume) = (try await bench.created(), try await bench.created())
        let last = bench.size.subtracting(bench.unit)
        try await bench.write(1, to: source, at: last, count: Int(bench.unit.bytes))
        try await bench.write(2, to: volume)
        try await driver.readImage(of: source, to: image, options: TransferOptions(), operation: .random())
        let file = try ByteFile(image.path, O_RDWR)
        let size = try file.size
        // The last of the eight bytes for incompatible features.
        let features = try file.read(1, at: 79)
        for (words, spoil) in [
            ("is marked as corrupt", { try file.write([features[0] | 2], at: 79) }),
            (
                "lacks half of its last data",
                {
                    try file.write(features, at: 79)
                    try file.truncate(to: size - Int64(Pattern.usualCount) / 2)
                }
            ),
            ("lacks half of it", { try file.truncate(to: size / 2) }),
            ("has nothing but its header", { try file.truncate(to: 512) }),
        ] {
            try spoil()
            try await bench.expect([.refused], from: "writeImage of one that \(words)") { () throws(DriverError) in
                try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
            }
            try await bench.expect(2, in: volume, "after writeImage of one that \(words)")
        }
    },
    Rule("image-shrinks", "an image that is truncated while it is read is not accepted as complete", of: .image) {
        bench in
        let driver = try bench.driver.imaging
        let image = VolumeImage(path: bench.filePath("raw"), format: .raw)
        guard driver.imageFormats.contains(.raw) else { throw Skip("raw images are not supported") }
        try bench.writeFile(image.path, bench.pattern(1, Int(bench.size.bytes)))
        let volume = try await bench.created()
        let cut = Heard()
        let half = bench.size.bytes / 2
        let options = TransferOptions(bytesPerSecond: bench.size) { progress in
            guard progress.completed.bytes < half, truncate(image.path, off_t(half)) == 0 else { return }
            cut.add(progress)
        }
        var failure: DriverError?
        do throws(DriverError) {
            try await driver.writeImage(image, into: volume, options: options, operation: .random())
        } catch {
            failure = error
        }
        guard !cut.take().isEmpty else { throw Skip("the image was read before any progress was reported") }
        try await bench.expect(volume, is: .complete(bench.size), "after writeImage of a file that became shorter")
        if failure != nil { return }
        // The whole image had been read by then.
        try await bench.expect(
            1,
            in: volume,
            count: Int(bench.size.bytes),
            "after writeImage of a file that became shorter"
        )
    },
    Rule("image-progress", "progress never decreases, never exceeds the total, and ends with it", of: .image) { bench in
        let driver = try bench.driver.imaging
        let image = VolumeImage(path: bench.filePath("raw"), format: try bench.anyFormat())
        let volume = try await bench.created()
        try await bench.write(1, to: volume, count: Int(bench.size.bytes))
        let heard = Heard()
        let options = TransferOptions { heard.add($0) }
        try await driver.readImage(of: volume, to: image, options: options, operation: .random())
        try bench.expect(heard.take(), "of readImage")
        try await driver.writeImage(image, into: volume, options: options, operation: .random())
        try bench.expect(heard.take(), "of writeImage")
    },
    Rule("image-rate-limit", "a transfer does not exceed its rate limit", of: .image) { bench in
        let driver = try bench.driver.imaging
        let image = VolumeImage(path: bench.filePath("image"), format: try bench.anyFormat())
        let volume = try await bench.created()
        try await bench.write(1, to: volume, count: Int(bench.size.bytes))
        var start = ContinuousClock.now
        try await driver.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
        let unlimited = ContinuousClock.now - start
        // At this limit the transfer would take a minute; it is cancelled once it has proved slower than without a
        // limit.
        let options = TransferOptions(bytesPerSecond: ByteCount(bytes: bench.size.bytes / 60))
        start = .now
        do throws(DriverError) {
            try await withTimeLimit(max(.seconds(1), unlimited * 4), "read an image") { () throws(DriverError) in
                try await driver.readImage(of: volume, to: image, options: options, operation: .random())
            }
        } catch {
            guard error.code == .timedOut else { throw error }
            return
        }
        throw Breach("a transfer that should take a minute takes \(ContinuousClock.now - start)")
    },
    Rule("image-read-cancelled", "a readImage that was cut short leaves no file", of: .image) { bench in
        let driver = try bench.driver.imaging
        let image = VolumeImage(path: bench.filePath("image"), format: try bench.anyFormat())
        let volume = try await bench.created()
        try await bench.write(1, to: volume, count: Int(bench.size.bytes))
        let options = TransferOptions(bytesPerSecond: bench.size.times(4))
        let before = try bench.scratchNames()
        try await bench.cancelling { () throws(DriverError) in
            try await driver.readImage(of: volume, to: image, options: options, operation: .random())
        } after: { hasSucceeded in
            if hasSucceeded { unlink(image.path) }
            let left = try bench.scratchNames().subtracting(before)
            try bench.expect(
                left.isEmpty,
                "a readImage that was cut short leaves '\(left.sorted().joined(separator: "', '"))'"
            )
        }
        try await bench.expect(volume, is: .complete(bench.size), "after readImage was cut short")
    },
    Rule("image-write-cancelled", "the next writeImage repairs one that was cut short", of: .image) { bench in
        let driver = try bench.driver.imaging
        let image = VolumeImage(path: bench.filePath("image"), format: try bench.anyFormat())
        let (source, volume) = (try await bench.created(), try await bench.created())
        try await bench.write(1, to: source, count: Int(bench.size.bytes))
        try await driver.readImage(of: source, to: image, options: TransferOptions(), operation: .random())
        let options = TransferOptions(bytesPerSecond: bench.size.times(4))
        try await bench.cancelling { () throws(DriverError) in
            try await driver.writeImage(image, into: volume, options: options, operation: .random())
        } after: { _ in
            try await bench.expect(volume, is: .complete(bench.size), "after a writeImage that was cut short")
        }
        try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
        try await bench.expect(1, in: volume, count: Int(bench.size.bytes), "after writeImage was cut short, repeated")
    },
    Rule("image-hostile-paths", "a relative path, or one with a zero byte, is refused", of: .image) { bench in
        let driver = try bench.driver.imaging
        let volume = try await bench.created(bench.unit)
        for path in ["", "image.raw", "-f", "/tmp/a\0b", "json:{\"driver\":\"file\"}", "nbd:unix:/nowhere"] {
            let image = VolumeImage(path: path, format: try bench.anyFormat())
            try await bench.expect([.refused], from: "readImage to '\(path)'") { () throws(DriverError) in
                try await driver.readImage(of: volume, to: image, options: TransferOptions(), operation: .random())
            }
            try await bench.expect([.refused], from: "writeImage of '\(path)'") { () throws(DriverError) in
                try await driver.writeImage(image, into: volume, options: TransferOptions(), operation: .random())
            }
        }
    },
]

/// The progress that was reported.
private final class Heard: Sendable {
    private let progress = Mutex<[TransferProgress]>([])

    func add(_ progress: TransferProgress) { self.progress.withLock { $0.append(progress) } }

    func take() -> [TransferProgress] {
        progress.withLock { progress in
            defer { progress = [] }
            return progress
        }
    }
}

extension Bench {
    fileprivate func expect(_ progress: [TransferProgress], _ what: String) throws {
        guard let last = progress.last else { throw Breach("no progress \(what) is reported") }
        try expect(last.completed == last.total, "the progress \(what) ends with \(last.completed) of \(last.total)")
        let isGrowing = zip(progress, progress.dropFirst()).allSatisfy { $0.completed <= $1.completed }
        try expect(isGrowing, "the progress \(what) decreases")
        try expect(progress.allSatisfy { $0.completed <= $0.total }, "the progress \(what) exceeds the total")
    }

    func anyFormat() throws -> ImageFormat {
        try driver.imaging.imageFormats.contains(.raw) ? .raw : .qcow2
    }

    func writeFile(_ path: String, _ bytes: [UInt8], size: Int64? = nil) throws {
        let file = try ByteFile(path, O_RDWR | O_CREAT | O_EXCL)
        try file.write(bytes, at: 0)
        if let size { try file.truncate(to: size) }
    }

    /// The names in the scratch directory.
    fileprivate func scratchNames() throws -> Set<String> {
        guard let directory = opendir(subject.scratchDirectory) else {
            throw Breach("'\(subject.scratchDirectory)' can't be read")
        }
        defer { closedir(directory) }
        var names: Set<String> = []
        while let entry = readdir(directory) {
            names.insert(
                withUnsafePointer(to: &entry.pointee.d_name) {
                    String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
                }
            )
        }
        return names
    }
}
