internal import FoundationEssentials
internal import Glibc
public import Programs
public import VolumeAPI
public import VolumeDriver

/// Looks at devices for file systems, makes and mounts them, by the programs of the system.
public struct FileSystemTools: Sendable {
    private let runner: any ProgramRunner

    /// - Parameter runner: what executes the programs.
    public init(runner: any ProgramRunner = SystemPrograms()) { self.runner = runner }

    /// The signatures on a device, such as `ext4`, `crypto_LUKS`, or `dos` for a table of partitions.
    ///
    /// - Throws: `broken` when it can't be found out.
    public func signatures(on device: String) async throws(DriverError) -> [String] {
        let action = "look what is on '\(device)'"
        let call = ProgramCall("wipefs", ["--no-act", "--json", "--", device])
        let result = try await run(call, to: action)
        struct Answer: Decodable {
            struct Signature: Decodable { let type: String }
            let signatures: [Signature]
        }
        // Without a signature, some versions print nothing.
        if result.output.allSatisfy(\.isWhitespace), !result.isCut { return [] }
        guard !result.isCut, let answer = try? JSONDecoder().decode(Answer.self, from: Data(result.output.utf8)) else {
            throw DriverError(.broken, "cannot \(action): the answer can't be read", call, result)
        }
        return answer.signatures.map(\.type)
    }

    /// Whether the device's beginning is nothing but zeros: data without a signature is data.
    ///
    /// - Throws: `broken` when it can't be found out.
    public func isBlank(_ device: String) throws(DriverError) -> Bool {
        let file = open(device, O_RDONLY | O_CLOEXEC)
        defer { if file >= 0 { close(file) } }
        var (buffer, offset) = ([UInt8](repeating: 0, count: 1 << 20), 0)
        while offset < buffer.count {
            let count = file < 0 ? -1 : pread(file, &buffer, buffer.count - offset, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw DriverError(.broken, "cannot read '\(device)'", cause: String(cString: strerror(errno)))
            }
            guard buffer.prefix(count).allSatisfy({ $0 == 0 }) else { return false }
            if count == 0 { break }
            offset += count
        }
        return true
    }

    /// Makes a file system.
    ///
    /// - Parameter isForced: whether what is left of an earlier attempt is overwritten.
    /// - Throws: `broken`.
    public func make(_ type: FileSystemType, on device: String, isForced: Bool) async throws(DriverError) {
        let options: [String] =
            switch type {
            case .ext4: ["-q"] + (isForced ? ["-F"] : [])
            case .xfs: ["-q"] + (isForced ? ["-f"] : [])
            }
        let call = ProgramCall("mkfs.\(type)", options + ["--", device], timeLimit: .seconds(1800))
        let package =
            switch type {
            case .ext4: "e2fsprogs"
            case .xfs: "xfsprogs"
            }
        try await run(call, to: "make file system '\(type)' on '\(device)'", package: package)
    }

    /// Mounts the file system of a device.
    ///
    /// - Throws: `broken`.
    public func mount(_ device: String, at directory: String, readOnly: Bool = false) async throws(DriverError) {
        let options = readOnly ? ["--read-only"] : []
        try await run(
            ProgramCall("mount", options + ["--", device, directory]),
            to: "mount '\(device)' at '\(directory)'"
        )
    }

    /// Unmounts what is seen at `directory`.
    ///
    /// - Throws: `busy` while somebody uses it.
    public func unmount(_ directory: String) async throws(DriverError) {
        let action = "unmount '\(directory)'"
        let call = ProgramCall("umount", ["--", directory])
        let result: ProgramResult
        do {
            result = try await runner.run(call)
        } catch {
            throw DriverError(error, "cannot \(action)")
        }
        guard !result.isSuccess else { return }
        let isBusy = result.messages.contains("busy")
        throw DriverError(
            isBusy ? .busy : .broken,
            "cannot \(action)",
            call,
            result,
            remedy: isBusy ? "end what uses it: `fuser -vm '\(directory)'`" : nil
        )
    }

    @discardableResult
    private func run(
        _ call: ProgramCall,
        to action: String,
        package: String = "util-linux"
    ) async throws(DriverError) -> ProgramResult {
        let result: ProgramResult
        do {
            result = try await runner.run(call)
        } catch {
            throw DriverError(error, "cannot \(action)", package: package)
        }
        guard result.isSuccess else { throw DriverError(.broken, "cannot \(action)", call, result) }
        return result
    }
}
