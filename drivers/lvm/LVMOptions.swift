public import VolumeDriver

/// What a pool's configuration says to the LVM driver; the defaults are Cinder's.
public struct LVMOptions: Sendable, Hashable {
    /// How space is taken (`cinder: lvm_type`).
    public enum Provisioning: String, Sendable, Hashable, CaseIterable {
        /// Thin where LVM can and the group has the pool or is empty, else thick.
        case auto
        /// From a thin pool, as it is written.
        case thin
        /// All of it, when a volume is made.
        case thick
    }

    /// What is done to the space of a thick volume before the group gets it back (`cinder: volume_clear`).
    public enum Clearing: String, Sendable, Hashable, CaseIterable {
        /// It is overwritten with zeros.
        case zero
        /// Nothing: who else gets space of the group may read it. The driver's own volumes read zeros all the same.
        case none
    }

    /// The group that has the volumes (`cinder: volume_group`).
    public var volumeGroup: String
    /// How space is taken.
    public var provisioning = Provisioning.auto
    /// The thin pool's name; `nil` for the group's name with `-pool`.
    public var thinPool: String?
    /// How many more copies of a thick volume are kept (`cinder: lvm_mirrors`).
    public var mirrors = 0
    /// What is done to the space of a thick volume when it is removed.
    public var clearing = Clearing.zero
    /// The most bytes a second that are cleared; `nil` for no limit.
    public var clearingBytesPerSecond: ByteCount?
    /// The directory of an `lvm.conf` other than the system's (`cinder: lvm_conf_file`).
    public var systemDirectory: String?
    /// Where the sockets of exports are: an absolute path, which need not exist yet. Without it nothing is exported.
    public var exportDirectory: String?

    /// - Parameter volumeGroup: the group that has the volumes.
    public init(volumeGroup: String) { self.volumeGroup = volumeGroup }

    /// The name of the thin pool.
    var poolName: String { thinPool ?? "\(volumeGroup)-pool" }

    /// Whether LVM would take `name` for a group or a volume, and nothing of it can be taken for an option.
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
