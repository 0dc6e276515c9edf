import ArgumentParser
import Foundation
import Identity
import LVMDriver
import VolumeDriver

/// A process that makes one call of the LVM driver for scripts in the guest, and prints the result or the error's code.
@main
struct LVMChild: AsyncParsableCommand {
    enum Call: String, ExpressibleByArgument {
        case create, snapshot, revert, clone, delete, extend, attach, detach, attachment, export, unexport, exported
        case attachReadOnly = "attach-read-only"
        case exportReadOnly = "export-read-only"
        /// Copies the volume to an image file.
        case read
    }

    @Argument var type: String
    @Argument(help: "The directory of the exports' sockets.") var exports: String
    @Argument var call: Call
    @Argument var volume: String
    @Argument(help: "The snapshot, the clone, the image, or the size in MiB.") var other: String?

    func run() async throws {
        var options = LVMOptions(volumeGroup: "scratch")
        options.provisioning = LVMOptions.Provisioning(rawValue: type) ?? .auto
        options.exportDirectory = exports
        let driver = LVMDriver(options)
        do {
            guard let answer = try await answer(driver) else { return }
            print(answer)
        } catch let error as DriverError {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            print(error.code)
            throw ExitCode.failure
        }
    }

    private func answer(_ driver: LVMDriver) async throws -> String? {
        let operation = OperationID.random()
        guard let id = VolumeID(volume) else { throw ValidationError("'\(volume)' is not an id") }
        switch call {
        case .create: try await driver.create(id, size: try size(), operation: operation)
        case .extend: try await driver.extend(id, to: try size(), operation: operation)
        case .snapshot: try await driver.createSnapshot(try snapshot(), of: id, operation: operation)
        case .revert: try await driver.revert(id, to: try snapshot(), operation: operation)
        case .clone:
            guard let clone = other.flatMap({ VolumeID($0) }), case .complete(let size) = try await driver.inspect(id)
            else { throw ValidationError("no id of a clone, or no volume") }
            try await driver.clone(id, as: clone, size: size, operation: operation)
        case .read:
            let image = VolumeImage(path: other ?? "", format: .raw)
            try await driver.readImage(of: id, to: image, options: TransferOptions(), operation: operation)
        case .delete: try await driver.delete(id, operation: operation)
        case .attach: return try await driver.attach(id, operation: operation).path
        case .attachReadOnly: return try await driver.attach(id, isReadOnly: true, operation: operation).path
        case .exportReadOnly: return try await driver.export(id, as: .nbd, isReadOnly: true, operation: operation).uri
        case .detach: try await driver.detach(id, operation: operation)
        case .attachment: return try await driver.attachment(of: id)?.path
        case .export: return try await driver.export(id, as: .nbd, operation: operation).uri
        case .unexport: try await driver.unexport(id, operation: operation)
        case .exported: return try await driver.export(of: id)?.uri
        }
        return nil
    }

    private func size() throws -> ByteCount {
        guard let size = other.flatMap({ Int64($0) }).flatMap({ ByteCount(bytes: $0 << 20) }) else {
            throw ValidationError("no size in MiB")
        }
        return size
    }

    private func snapshot() throws -> SnapshotID {
        guard let snapshot = other.flatMap({ SnapshotID($0) }) else { throw ValidationError("no id of a snapshot") }
        return snapshot
    }
}
