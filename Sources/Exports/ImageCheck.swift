internal import Foundation
public import Programs
public import VolumeDriver

/// Finds out whether a qcow2 file holds all that it refers to.
///
/// QEMU's tools read what lies behind the end of a file as zeros, and end with success.
public struct ImageCheck: Sendable {
    private let runner: any ProgramRunner
    private let package: String

    /// - Parameters:
    ///   - runner: what executes `qemu-img`.
    ///   - package: what a person installs to have it.
    public init(_ runner: any ProgramRunner, package: String) {
        self.runner = runner
        self.package = package
    }

    /// Has QEMU check the file's own records, and compares them with the file's length.
    ///
    /// - Parameters:
    ///   - path: an absolute path.
    ///   - name: what the file is called in errors.
    ///   - action: what is done with it, for errors.
    /// - Throws: `refused` if something is missing or contradicts itself; `busy` if somebody writes to the file.
    public func check(_ path: String, as name: String, to action: String) async throws(DriverError) {
        let stamp = try ImageStamp(of: path, to: action)
        let image = NBDImage.file(path, format: .qcow2).specification
        let check = ProgramCall("qemu-img", ["check", "--output", "json", image], timeLimit: .seconds(24 * 3600))
        let result = try await execute(check, action)
        // With 3 it tells of clusters that nothing refers to, which are no harm.
        guard [.exited(0), .exited(3)].contains(result.status) else {
            if result.messages.contains("Failed to get"), result.messages.contains("lock") {
                throw DriverError(.busy, "cannot \(action): somebody has '\(name)' open", check, result)
            }
            throw damaged(name, action, check, result)
        }
        guard let end = Self.decoded(End.self, result)?.offset, end > stamp.size.bytes else { return }
        // The last cluster may be shorter than the others, as long as nothing that is in it is missing. Of a missing table
        // all that it refers to is left, as if nothing referred to it.
        let isWhole = result.isSuccess && Self.header(of: path)?.isWithin(stamp.size.bytes, endingAt: end) == true
        guard isWhole else { throw damaged(name, action, check, result) }
        let map = ProgramCall("qemu-img", ["map", "--output", "json", image], outputLimit: 256 << 20)
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
            "cannot \(action): '\(name)' is damaged, or a part of it is missing",
            cause: result.messages.isEmpty ? "its data end behind the end of the file" : "\(call): \(result.messages)",
            remedy: "get the whole file again; `qemu-img check -f qcow2 '\(name)'` tells more"
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

    /// What a qcow2 file begins with.
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

        /// Whether the first table is in a file of this size, and at most a part of its last cluster is not.
        func isWithin(_ size: Int64, endingAt end: Int64) -> Bool { tableEnd <= size && end - size < clusterSize }
    }

    /// The end of the last cluster that is in use.
    private struct End: Decodable {
        let offset: Int64?

        private enum CodingKeys: String, CodingKey {
            case offset = "image-end-offset"
        }
    }

    /// A part of the image; compressed ones have no place, and can't be read unless they are whole.
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
