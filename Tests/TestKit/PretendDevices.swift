internal import Foundation
internal import Identity
package import VolumeDriver

/// The devices of attached volumes, as files of a directory, so that tests need no loop devices.
package struct PretendDevices: Sendable {
    private let directory: String

    package init(in directory: String) { self.directory = directory }

    /// The volume's device; `nil` when it is not attached.
    package func device(of volume: VolumeID) -> LocalAttachment? {
        FileManager.default.fileExists(atPath: "\(directory)/\(volume)") ? attachment(of: volume) : nil
    }

    package func make(for volume: VolumeID, isReadOnly: Bool = false) throws(DriverError) -> LocalAttachment {
        let path = "\(directory)/\(volume)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data(isReadOnly ? "ro".utf8 : "".utf8).write(to: URL(filePath: path))
        } catch {
            throw DriverError(.broken, "cannot make '\(path)'", cause: "\(error)")
        }
        return attachment(of: volume)
    }

    /// The path does not depend on the directory, so that it is the same for a copy of it.
    private func attachment(of volume: VolumeID) -> LocalAttachment {
        let content = FileManager.default.contents(atPath: "\(directory)/\(volume)")
        return LocalAttachment(
            path: "/dev/pretended/\(volume)",
            isDevice: true,
            isReadOnly: content?.isEmpty == false
        )
    }

    package func remove(of volume: VolumeID) {
        try? FileManager.default.removeItem(atPath: "\(directory)/\(volume)")
    }

    /// Removes all devices, like a reboot.
    package func removeAll() { try? FileManager.default.removeItem(atPath: directory) }

    /// The number of attached volumes.
    package var count: Int { (try? FileManager.default.contentsOfDirectory(atPath: directory).count) ?? 0 }
}
