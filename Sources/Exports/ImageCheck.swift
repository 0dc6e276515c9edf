internal import Foundation
public import Programs
public import VolumeDriver

/// Verifies that a qcow2 file contains all the data that it refers to.
///
/// QEMU's tools read zeros behind the end of a truncated file and report success.
public struct ImageCheck: Sendable {
    private let runner: any ProgramRunner
    private let package: String

    /// - Parameters:
    ///   - runner: executes `qemu-img`.
    ///   - package: the package that contains it, for the remedy.
    public init(_ runner: any ProgramRunner, package: String) {
        self.runner = runner
        self.package = package
    }

    /// Checks the metadata with `qemu-img check`, and compares it with the length of the file.
    ///
    /// - Parameters:
    ///   - path: an absolute path.
    ///   - name: the name of the file in errors.
    ///   - action: what the file is needed for, as the words after "cannot" in errors.
    /// - Throws: `refused` if data is missing or the metadata is inconsistent; `busy` if a program writes to the file.
    public func check(_ path: String, as name: String, to action: String) async throws(DriverError) {
        let stamp = try ImageStamp(of: path, to: action)
        let image = NBDImage.file(path, format: .qcow2).specification
        let check = ProgramCall(
            ImageTool.program,
            ["check", "--output", "json", image],
            timeLimit: .seconds(24 * 3600)
        )
        let result = try await execute(check, action)
        // Status 3 means leaked clusters, which are harmless.
        guard [.exited(0), .exited(3)].contains(result.status) else {
            if result.messages.contains("Failed to get"), result.messages.contains("lock") {
                throw DriverError(.busy, "cannot \(action): another program has '\(name)' open", check, result)
            }
            throw damaged(name, action, check, result)
        }
        guard let end = Self.decoded(End.self, result)?.offset, end > stamp.size.bytes else { return }
        // The last cluster may be incomplete as long as its used part is there. If a table is missing, everything that
        // it refers to looks unused.
        let isWhole = result.isSuccess && Self.header(of: path)?.isWithin(stamp.size.bytes, endingAt: end) == true
        guard isWhole else { throw damaged(name, action, check, result) }
        let map = ProgramCall(ImageTool.program, ["map", "--output", "json", image], outputLimit: 256 << 20)
        let extents = try await execute(map, action)
        let hasData = Self.decoded([Extent].self, extents)?.allSatisfy { $0.end <= stamp.size.bytes }
        guard extents.isSuccess, hasData == true else { throw damaged(name, action, map, extents) }
    }

    private func damaged(
        _ name: String,
        _ action: String,
        _ call: ProgramCall,
        _ result: ProgramResult
    ) -> DriverError {
        DriverError(
            .refused,
            "cannot \(action): '\(name)' is damaged or incomplete",
            cause: result.messages.isEmpty ? "its data exceeds the file" : "\(call): \(result.messages)",
            remedy: "get the whole file again; `qemu-img check -f qcow2 '\(name)'` shows details"
        )
    }

    private func execute(_ call: ProgramCall, _ action: String) async throws(DriverError) -> ProgramResult {
        do throws(ProgramError) {
            return try await runner.run(call)
        } catch {
            throw DriverError(error, "cannot \(action)", package: package)
        }
    }

    private static func decoded<Value: Decodable>(_ type: Value.Type, _ result: ProgramResult) -> Value? {
        result.isCut ? nil : try? JSONDecoder().decode(type, from: Data(result.output.utf8))
    }

    private static func header(of path: String) -> Header? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        return (try? file.read(upToCount: 48)).flatMap { Header([UInt8]($0)) }
    }

    /// The header of a qcow2 file.
    private struct Header {
        private let clusterSize: Int64
        private let tableEnd: Int64

        init?(_ bytes: [UInt8]) {
            guard bytes.count == 48, (9...21).contains(bytes[23]) else { return nil }
            func number(_ range: Range<Int>) -> Int64 {
                Int64(truncatingIfNeeded: bytes[range].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
            }
            clusterSize = 1 << Int64(bytes[23])
            let (end, isTooLarge) = number(40..<48).addingReportingOverflow(number(36..<40) * 8)
            guard !isTooLarge else { return nil }
            tableEnd = end
        }

        /// Whether the first-level table is within a file of this size, and at most a part of the last cluster is
        /// missing.
        func isWithin(_ size: Int64, endingAt end: Int64) -> Bool { tableEnd <= size && end - size < clusterSize }
    }

    /// The end of the last used cluster.
    private struct End: Decodable {
        let offset: Int64?

        private enum CodingKeys: String, CodingKey {
            case offset = "image-end-offset"
        }
    }

    /// An extent of the image. Compressed extents have no offset, and are unreadable unless they are complete.
    private struct Extent: Decodable {
        let length: Int64
        let data: Bool
        let offset: Int64?

        var end: Int64 {
            guard data, let offset else { return 0 }
            let (end, isTooLarge) = offset.addingReportingOverflow(length)
            return isTooLarge ? .max : end
        }
    }
}
