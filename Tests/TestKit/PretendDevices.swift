internal import Foundation
internal import Identity
package import VolumeDriver

/// Devices that are files of a directory: what a host has of attached volumes, without a kernel that gives any.
package struct PretendDevices: Sendable {
    private let directory: String

    package init(in directory: String) { self.directory = directory }

    /// The volume's device; `nil` when it is not attached.
    package func device(of volume: VolumeID) -> LocalAttachment? {
        FileManager.default.fileExists(atPath: "\(directory)/\(volume)") ? attachment(of: volume) : nil
    }

    package func make(for volume: VolumeID) throws(DriverError) -> LocalAttachment {
        let path = "\(directory)/\(volume)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: path))
        } catch {
            throw DriverError(.broken, "cannot make '\(path)'", cause: "\(error)")
        }
        return attachment(of: volume)
    }

    /// The path is the same for a copy of the directory.
    private func attachment(of volume: VolumeID) -> LocalAttachment {
        LocalAttachment(path: "/dev/pretended/\(volume)", isDevice: true)
    }

    package func remove(of volume: VolumeID) {
        try? FileManager.default.removeItem(atPath: "\(directory)/\(volume)")
    }

    /// Has all devices disappear, as a reboot does.
    package func removeAll() { try? FileManager.default.removeItem(atPath: directory) }

    /// How many volumes are attached.
    package var count: Int { (try? FileManager.default.contentsOfDirectory(atPath: directory).count) ?? 0 }
}
