internal import Foundation
internal import SystemPackage
internal import VolumeAPI

/// The configuration files of the service.
enum ConfigurationFiles {
    /// Reads the existing files, in order of precedence.
    ///
    /// - Parameter config: the only file to read, named by an option; `VOLUMECTL_CONFIG` names one, too.
    /// - Throws: ``VolumeError`` if a file that was asked for does not exist, or a file is invalid.
    static func read(_ config: String?, _ environment: [String: String]) throws -> [ConfigurationFile] {
        if let named = config.map(ConfigurationPath.init(ofOption:)) ?? ConfigurationPath(in: environment) {
            return [try ConfigurationFile(named)]
        }
        return try usual(environment).filter(isThere).map { try ConfigurationFile(ConfigurationPath(usual: $0)) }
    }

    /// Root ignores HOME, which `sudo` may have kept from its caller.
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
            throw ConfigurationPath(usual: directory).unreadable("\(error.localizedDescription)")
        }
    }

    /// Whether a file exists. An error is not taken for absence, because the file's limits would not apply.
    private static func isThere(_ path: String) throws(VolumeError) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return true }
        let error = Errno(rawValue: errno)
        guard [.noSuchFileOrDirectory, .notDirectory].contains(error) else {
            throw ConfigurationPath(usual: path).unreadable("\(error)")
        }
        return false
    }
}
