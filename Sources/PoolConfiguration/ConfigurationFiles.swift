internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// The files that configure the service.
enum ConfigurationFiles {
    /// Reads the files that there are, strongest first.
    ///
    /// - Parameter config: the only one, if given; `VOLUMECTL_CONFIG` names it, too.
    /// - Throws: ``VolumeError`` when a file that was asked for is not there, or a file says what can't be meant.
    static func read(_ config: String?, _ environment: [String: String]) throws -> [ConfigurationFile] {
        if let config = config ?? environment["VOLUMECTL_CONFIG"] { return [try ConfigurationFile(path: config)] }
        return try usual(environment).filter(isThere).map { path in try ConfigurationFile(path: path) }
    }

    /// Root obeys no file because of HOME, which `sudo` may have kept from whoever called it.
    private static func usual(_ environment: [String: String]) throws(VolumeError) -> [String] {
        var own: [String] = []
        if geteuid() != 0 || environment["XDG_CONFIG_HOME"]?.hasPrefix("/") == true {
            let base = try BaseDirectory.find("XDG_CONFIG_HOME", orHome: ".config", environment)
            own = base.map { ["\($0)/volumectl/config.yaml"] } ?? []
        }
        let directory = "/etc/volumectl"
        return own + (try fragments(in: directory + "/conf.d")) + [directory + "/config.yaml"]
    }

    private static func fragments(in directory: String) throws(VolumeError) -> [String] {
        guard try isThere(directory) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
                .filter { $0.hasSuffix(".yaml") }
                .sorted(by: >)
                .map { "\(directory)/\($0)" }
        } catch {
            throw unreadable(directory, "\(error.localizedDescription)")
        }
    }

    /// Whether there is something at the path. What can't be found out is not taken for nothing: its limits would not hold.
    private static func isThere(_ path: String) throws(VolumeError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        let error = Errno(rawValue: errno)
        guard [.noSuchFileOrDirectory, .notDirectory].contains(error) else { throw unreadable(path, "\(error)") }
        return false
    }

    private static func unreadable(_ path: String, _ cause: String) -> VolumeError {
        VolumeError(
            .notPermitted,
            "the configuration '\(path)' can't be read, and is not left out, as its limits would not hold",
            cause: cause,
            remedies: [.advice("name another in VOLUMECTL_CONFIG"), .advice("chmod a+rX '\(path)'")]
        )
    }
}
