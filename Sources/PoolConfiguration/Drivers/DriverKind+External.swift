internal import ExternalDriver
internal import VolumeDriver

extension DriverKind {
    /// An executable that the user provides.
    static let external = DriverKind(
        name: ExternalDriver.kind,
        options: [
            DriverOption(name: "command", isList: true),
            DriverOption(name: "time-limit") { _ in "\(ExternalDriver.defaultTimeLimit.components.seconds)" },
            DriverOption(name: "transfer-time-limit") { _ in
                "\(ExternalDriver.defaultTransferTimeLimit.components.seconds)"
            },
            DriverOption(name: "shared") { _ in "false" },
        ],
        executableKey: "command.0",
        isShared: { settings in
            try settings.value("shared", as: "true or false") { Bool($0) } ?? false
        }
    ) { settings in
        let words = settings.list("command")
        guard let path = words.first else {
            throw settings.error("command", "it is missing: the path of an executable, and its arguments")
        }
        let command: ExternalCommand
        do throws(DriverError) {
            command = try ExternalCommand(path, Array(words.dropFirst()))
        } catch {
            throw settings.error("command", error.message)
        }
        let limit = try seconds(settings, "time-limit") ?? ExternalDriver.defaultTimeLimit
        let transferLimit = try seconds(settings, "transfer-time-limit") ?? ExternalDriver.defaultTransferTimeLimit
        return { () throws(DriverError) in
            let driver = await ExternalDriver(command, timeLimit: limit, transferTimeLimit: transferLimit)
            try driver.checkDescription()
            return driver
        }
    }

    private static func seconds(_ settings: DriverSettings, _ key: String) throws -> Duration? {
        try settings.value(key, as: "a number of seconds, at least 1") { text in
            Int64(text).flatMap { 1..<(1 << 32) ~= $0 ? .seconds($0) : nil }
        }
    }
}
