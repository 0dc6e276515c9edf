internal import VolumeAPI

/// The path of a configuration file, and how another file can be named.
struct ConfigurationPath: Sendable {
    let path: String
    /// How to name another file, as the words after "name another".
    private let naming: String

    /// A path given by an option of the command line.
    init(ofOption path: String) { (self.path, naming) = (path, "with --config") }

    /// The path in the environment; `nil` if there is none.
    init?(in environment: [String: String]) {
        guard let path = environment[Self.variable] else { return nil }
        (self.path, naming) = (path, "in \(Self.variable)")
    }

    /// The path of a default file.
    init(usual path: String) { (self.path, naming) = (path, "with --config or in \(Self.variable)") }

    /// The error for a file that can't be read or parsed.
    func unusable(because cause: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "the configuration file '\(path)' can't be used",
            cause: cause,
            remedies: [.showConfigurationSample, .advice("correct it, or name another \(naming)")]
        )
    }

    /// The error for an existing file or directory that can't be read.
    func unreadable(_ cause: String) -> VolumeError {
        VolumeError(
            .notPermitted,
            "the configuration '\(path)' can't be read, and ignoring it would ignore its limits",
            cause: cause,
            remedies: [.advice("name another \(naming)"), .advice("chmod a+rX '\(path)'")]
        )
    }

    private static let variable = "VOLUMECTL_CONFIG"
}
