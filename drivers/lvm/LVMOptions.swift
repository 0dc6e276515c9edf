public import VolumeDriver

/// The settings of the LVM driver; the defaults are Cinder's.
public struct LVMOptions: Sendable, Hashable {
    /// How space is allocated (`cinder: lvm_type`).
    public enum Provisioning: String, Sendable, Hashable, CaseIterable {
        /// Thin if LVM supports it and the group has the thin pool or is empty, otherwise thick.
        case auto
        /// From a thin pool, when it is written.
        case thin
        /// Completely, when a volume is created.
        case thick
    }

    /// What happens to the space of a removed thick volume (`cinder: volume_clear`).
    public enum Clearing: String, Sendable, Hashable, CaseIterable {
        /// It is overwritten with zeros.
        case zero
        /// Nothing, so that other users of the group may read it. The driver's own new volumes read as zeros
        /// nevertheless.
        case none
    }

    /// The volume group (`cinder: volume_group`).
    public var volumeGroup: String
    /// How space is allocated.
    public var provisioning = Provisioning.auto
    /// The name of the thin pool; `nil` for the name of the group with `-pool`.
    public var thinPool: String?
    /// The number of additional copies of a thick volume (`cinder: lvm_mirrors`).
    public var mirrors = 0
    /// What happens to the space of a removed thick volume.
    public var clearing = Clearing.zero
    /// The maximum number of bytes per second to clear; `nil` for no limit.
    public var clearingBytesPerSecond: ByteCount?
    /// The directory of an alternative `lvm.conf` (`cinder: lvm_conf_file`).
    public var systemDirectory: String?
    /// The absolute path of the directory of exports' sockets, which need not exist yet; `nil` disables exports.
    public var exportDirectory: String?

    /// - Parameter volumeGroup: the name of the volume group.
    public init(volumeGroup: String) { self.volumeGroup = volumeGroup }

    /// The effective name of the thin pool.
    var poolName: String { thinPool ?? "\(volumeGroup)-pool" }

    /// Whether `name` is a valid LVM name that can't be taken for an option.
    public static func isName(_ name: String) -> Bool {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "+_.-".utf8.contains(byte)
            }
        }
        return isPlain && (1...127).contains(name.utf8.count) && !name.hasPrefix("-") && name != "." && name != ".."
    }
}
