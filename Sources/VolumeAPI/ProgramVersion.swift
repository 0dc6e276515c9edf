/// The version of this package's programs, which hosts with one database tell each other.
public enum ProgramVersion {
    /// The version: `0.1.0`.
    public static let current = "0.1.0"
}
