internal import Glibc
internal import SystemPackage

/// Where programs are looked up, whatever the caller's environment says.
public enum ProgramPath {
    /// In this order.
    public static let directories = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// The path of the program `name`; `nil` when there is none that may be executed.
    public static func find(_ name: String) -> String? {
        if name.hasPrefix("/") { return isExecutable(name) ? name : nil }
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
        return directories.lazy.map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    private static func isExecutable(_ path: String) -> Bool {
        guard !path.utf8.contains(0), access(path, X_OK) == 0 else { return false }
        return (try? Stat(FilePath(path)).type) == .regular
    }
}
