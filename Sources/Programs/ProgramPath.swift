internal import Glibc
internal import SystemPackage
internal import Trust

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

    /// The program `name` that this process may execute, by the path that was found, and by the one without symbolic links;
    /// `nil` when there is none.
    ///
    /// - Throws: ``Distrust`` when there are only some that others could change.
    static func findTrusted(_ name: String) throws(Distrust) -> (name: String, path: String)? {
        var distrust: Distrust?
        guard !name.isEmpty else { return nil }
        for path in name.hasPrefix("/") ? [name] : directories.map({ "\($0)/\(name)" }) {
            guard find(path) != nil, name.hasPrefix("/") || !name.utf8.contains(UInt8(ascii: "/")) else { continue }
            do throws(Distrust) {
                return (path, try Trust.open(path, as: .file).path)
            } catch {
                distrust = distrust ?? error
            }
        }
        if let distrust { throw distrust }
        return nil
    }

    private static func isExecutable(_ path: String) -> Bool {
        guard !path.utf8.contains(0), access(path, X_OK) == 0 else { return false }
        return (try? Stat(FilePath(path)).type) == .regular
    }
}
