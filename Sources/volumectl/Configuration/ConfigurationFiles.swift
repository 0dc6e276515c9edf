internal import Foundation
internal import Volumes

/// The files that configure the service.
enum ConfigurationFiles {
    /// Reads the files that there are, strongest first.
    ///
    /// - Parameter config: the only one, if given; `VOLUMECTL_CONFIG` names it, too.
    /// - Throws: ``VolumeError`` when a file that was asked for is not there, or a file says what can't be meant.
    static func read(_ config: String?, _ environment: [String: String]) throws -> [ConfigurationFile] {
        if let config = config ?? environment["VOLUMECTL_CONFIG"] { return [try ConfigurationFile(path: config)] }
        return try usual(environment).filter(isReadable).map { path in try ConfigurationFile(path: path) }
    }

    private static func usual(_ environment: [String: String]) -> [String] {
        let home = BaseDirectory.find("XDG_CONFIG_HOME", orHome: ".config", environment)
        let directory = "/etc/volumectl"
        let fragments = (try? FileManager.default.contentsOfDirectory(atPath: directory + "/conf.d")) ?? []
        return [home + "/volumectl/config.yaml"]
            + fragments.filter { $0.hasSuffix(".yaml") }.sorted(by: >).map { "\(directory)/conf.d/\($0)" }
            + [directory + "/config.yaml"]
    }

    /// Tells of a file that is there and can't be read: the limits in it don't hold.
    private static func isReadable(_ path: String) -> Bool {
        if FileManager.default.isReadableFile(atPath: path) { return true }
        if FileManager.default.fileExists(atPath: path) {
            Console.note("warning: \(path) can't be read and is left out")
        }
        return false
    }
}

/// The directories of the XDG specification.
enum BaseDirectory {
    /// What `variable` says if that is an absolute path, else the user's own directory.
    static func find(_ variable: String, orHome path: String, _ environment: [String: String]) -> String {
        if let directory = environment[variable], directory.hasPrefix("/") { return directory }
        let home = environment["HOME"] ?? ""
        return home + "/" + path
    }
}
