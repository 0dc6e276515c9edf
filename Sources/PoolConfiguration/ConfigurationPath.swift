internal import VolumeAPI

/// Where a configuration file is, and what says so.
struct ConfigurationPath: Sendable {
    let path: String
    /// How to name another file, after "name another".
    private let naming: String

    /// The file that an option of the command line names.
    init(ofOption path: String) { (self.path, naming) = (path, "with --config") }

    /// The file that the environment names; `nil` if it names none.
    init?(in environment: [String: String]) {
        guard let path = environment[Self.variable] else { return nil }
        (self.path, naming) = (path, "in \(Self.variable)")
    }

    /// A file that is read where nothing names another.
    init(usual path: String) { (self.path, naming) = (path, "with --config or in \(Self.variable)") }

    /// That the file can't be read or isn't what it should be.
    func unusable(because cause: String) -> VolumeError {
        VolumeError(
            .invalidInput,
            "the configuration file '\(path)' can't be used",
            cause: cause,
            remedies: [.showConfigurationSample, .advice("correct it, or name another \(naming)")]
        )
    }

    /// That the file, or a directory of such, is there and can't be read.
    func unreadable(_ cause: String) -> VolumeError {
        VolumeError(
            .notPermitted,
            "the configuration '\(path)' can't be read, and is not left out, as its limits would not hold",
            cause: cause,
            remedies: [.advice("name another \(naming)"), .advice("chmod a+rX '\(path)'")]
        )
    }

    private static let variable = "VOLUMECTL_CONFIG"
}
