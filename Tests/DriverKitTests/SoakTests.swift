import DriverKit
import Foundation
import Identity
import LoopbackDriver
import TestKit
import Testing
import VolumeDriver

@Suite(.scratchDirectory)
struct SoakTests {
    private var driver: LoopbackDriver { LoopbackDriver(directory: ScratchDirectory.path + "/pool") }
    private var worker: SoakWorker {
        SoakWorker(driver, journal: ScratchDirectory.path + "/journal", scratchDirectory: ScratchDirectory.path)
    }

    @Test func `a pool that holds all acknowledged objects has no differences, and is empty at the end`() async throws {
        try await eventually {
            try await worker.run(for: .milliseconds(300))
            return try await !driver.list().isEmpty
        }
        #expect(try await worker.verify() == [])
        #expect(try await worker.cleanUp() > 0)
        #expect(try await driver.list().isEmpty)
        #expect(try await driver.listSnapshots().isEmpty)
    }

    @Test func `a volume that is lost or reappears is a difference`() async throws {
        try await driver.create(.random(), size: .mebibyte, operation: .random())
        let (kept, gone) = (VolumeID.random(), VolumeID.random())
        let journal =
            [kept, gone].flatMap { ["begin create \($0) 1048576", "end create \($0) 1048576"] }
            + ["begin delete \(gone)", "end delete \(gone)"]
        try Data((journal.joined(separator: "\n") + "\n").utf8)
            .write(to: URL(filePath: ScratchDirectory.path + "/journal"))
        #expect(try await worker.verify().contains { $0.contains("\(kept) is absent") })
        try await driver.create(kept, size: .mebibyte, operation: .random())
        #expect(try await worker.verify() == [])
        try await driver.create(gone, size: .mebibyte, operation: .random())
        #expect(try await worker.verify() == ["volume \(gone) was deleted, and is complete with 1048576 bytes"])
    }

    @Test func `the operation of a killed worker is finished by the next one`() async throws {
        let volume = VolumeID.random()
        try Data("begin create \(volume) 1048576\n".utf8).write(to: URL(filePath: ScratchDirectory.path + "/journal"))
        #expect(try await worker.verify() == [])
        #expect(try await driver.inspect(volume) == .complete(.mebibyte))
    }

    @Test func `changed data in a volume, its clone or its snapshot's volume is a difference`() async throws {
        let (source, clone, copy, snapshot) = (
            VolumeID.random(), VolumeID.random(), VolumeID.random(), SnapshotID.random()
        )
        let operations = [
            "create \(source) 1048576", "write \(source) 7", "snapshot \(snapshot) \(source)", "write \(source) 8",
            "clone \(clone) 1048576 \(source)", "restore \(copy) 2097152 \(snapshot) \(source)",
        ]
        for operation in operations {
            // The operation of a worker that was killed after it had begun it.
            try append("begin \(operation)\n")
            #expect(try await worker.verify() == [])
        }
        for volume in [source, clone, copy] {
            let file = try FileHandle(forWritingTo: URL(filePath: driver.location(of: volume)))
            try file.seek(toOffset: 70_000)
            try file.write(contentsOf: Data([1]))
            try file.close()
            let differences = try await worker.verify()
            #expect(differences.contains { $0.contains("\(volume)") && $0.contains("byte 70000 of") })
        }
    }

    private func append(_ line: String) throws {
        let path = ScratchDirectory.path + "/journal"
        if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(filePath: path)) }
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(line.utf8))
        try file.close()
    }
}
