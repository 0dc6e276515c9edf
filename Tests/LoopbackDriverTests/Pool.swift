import Foundation
import Glibc
import Identity
import LoopbackDriver
import SystemPackage
import TestKit
import Testing
import VolumeDriver

/// A pool in the test's scratch directory, for access without the driver.
struct Pool: Sendable {
    let path: String
    let driver: any VolumeDriver

    /// - Parameter existing: whether to create the directory; otherwise the driver creates it.
    init(existing: Bool = true) throws {
        path = ScratchDirectory.path + "/pool"
        driver = LoopbackDriver(directory: path)
        if existing { try makeDirectory(path) }
    }

    var names: [String] { get throws { try LoopbackDriverTests.names(in: path) } }

    func path(of volume: VolumeID) -> String { "\(path)/volume-\(volume)" }

    func create(_ volume: VolumeID, bytes: Int64) async throws {
        let size = try #require(ByteCount(bytes: bytes))
        try await driver.create(volume, size: size, operation: .random())
    }

    func delete(_ volume: VolumeID) async throws {
        try await driver.delete(volume, operation: .random())
    }

    /// Writes a file of `bytes` zeros in the volume's place.
    func place(_ volume: VolumeID, bytes: Int64) throws {
        try write("", to: path(of: volume))
        #expect(truncate(path(of: volume), off_t(bytes)) == 0)
    }
}

/// The result of `lstat`.
func status(_ path: String) throws -> Stat { try Stat(FilePath(path), followTargetSymlink: false) }

func names(in directory: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: directory)
}

func exists(_ path: String) -> Bool { (try? status(path)) != nil }

func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(filePath: path)) }

func read(_ path: String) throws -> String { try String(contentsOf: URL(filePath: path), encoding: .utf8) }

func makeDirectory(_ path: String, mode: Int = 0o700) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
}

let mebibyte: Int64 = 1 << 20

func mebibytes(_ count: Int64) throws -> ByteCount { try #require(ByteCount(bytes: count * mebibyte)) }
