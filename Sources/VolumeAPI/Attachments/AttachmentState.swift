/// The real state of an attachment on its host, which may differ from the record: a device disappears with a reboot, a
/// server when somebody kills it.
public enum AttachmentState: Sendable, Hashable, Codable {
    /// The place at which the volume is accessible; `nil` when it is not accessible.
    case found(VolumeAccess?)
    /// The host or the driver could not be asked. This implies nothing about the device.
    case unknown(VolumeError)
}
