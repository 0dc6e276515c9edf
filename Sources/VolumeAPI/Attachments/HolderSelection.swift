/// The holders whose use of a volume ends.
public enum HolderSelection: Sendable, Hashable, Codable {
    /// The holder with this name; `nil` for the one without a name or, if there is none, the only one.
    case holder(VolumeName?)
    /// All holders.
    case all
}
