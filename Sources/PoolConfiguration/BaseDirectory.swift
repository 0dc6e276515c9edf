internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// The directories of the XDG specification.
enum BaseDirectory {
    /// The directory in `variable`, or otherwise `path` in the user's home; `nil` if the user has no home.
    ///
    /// A relative directory in `variable` is ignored, as the specification demands.
    ///
    /// - Throws: ``VolumeError`` if `HOME` is a relative path, or the password database can't be read.
    static func find(
        _ variable: String,
        orHome path: String,
        _ environment: [String: String]
    ) throws(VolumeError) -> String? {
        if let directory = environment[variable], directory.hasPrefix("/") { return directory }
        return try home(environment).map { $0 + "/" + path }
    }

    private static func home(_ environment: [String: String]) throws(VolumeError) -> String? {
        guard let home = environment["HOME"] else { return try homeInPasswordDatabase() }
        guard home.hasPrefix("/") else {
            throw VolumeError(
                .invalidInput,
                "HOME is '\(home)', which is not an absolute path",
                cause: "the configuration and the database would depend on the current directory",
                remedies: [.advice("set HOME to your home directory, or unset it")]
            )
        }
        return home
    }

    private static func homeInPasswordDatabase() throws(VolumeError) -> String? {
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        var status = ERANGE
        for size in [1 << 12, 1 << 16, 1 << 20] where status == ERANGE {
            let buffer = UnsafeMutablePointer<CChar>.allocate(capacity: size)
            defer { buffer.deallocate() }
            status = getpwuid_r(geteuid(), &entry, buffer, size, &found)
            if status == 0 {
                guard found != nil, let directory = entry.pw_dir else { return nil }
                let home = String(cString: directory)
                return home.hasPrefix("/") ? home : nil
            }
        }
        throw VolumeError(
            .unexpected,
            "cannot determine the home directory of user \(geteuid())",
            cause: "the password database: \(Errno(rawValue: status))",
            remedies: [.advice("set HOME")]
        )
    }
}
