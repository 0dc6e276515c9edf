internal import Glibc
internal import SystemPackage
internal import Trust

/// The directories in which programs are looked up, regardless of the environment.
public enum ProgramPath {
    /// The directories, in the order of the lookup.
    public static let directories = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// Returns the path of the program `name`; `nil` if there is no executable of that name.
    public static func find(_ name: String) -> String? {
        if name.hasPrefix("/") { return isExecutable(name) ? name : nil }
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "/")) else { return nil }
        return directories.lazy.map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    /// Returns the first trusted program `name`, with the path that was found and the path without symbolic links;
    /// `nil` if there is no executable of that name.
    ///
    /// - Throws: ``Distrust`` if there are only untrusted programs of that name.
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
