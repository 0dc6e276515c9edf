/// What the host really has of an attachment, whatever the record says: a device disappears with a reboot, a server when
/// somebody kills it.
public enum AttachmentState: Sendable, Hashable, Codable {
    /// The volume is accessible here; `nil` when it is not accessible.
    case found(VolumeAccess?)
    /// The host or the driver could not be asked. This implies nothing about the device.
    case unknown(VolumeError)
}
