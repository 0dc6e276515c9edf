internal import ArgumentParser
internal import VolumeAPI

/// Options that say where a new volume is to be created.
struct PlacementOptions: ParsableArguments {
    @Option(help: "The availability zone of its pool.")
    var zone: String?

    @Option(
        name: .customLong("near"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Create it in the pool of this volume; of one of several.", valueName: "volume"),
        completion: .volumes
    )
    var near: [String] = []

    @Option(
        name: .customLong("apart-from"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("Create it in another pool than this volume; may be repeated.", valueName: "volume"),
        completion: .volumes
    )
    var apartFrom: [String] = []

    @Option(
        name: .customLong("hint"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "A scheduler hint: same_host=VOLUME, different_host=VOLUME, or query=JSON, such as "
                + #"'query=[">=", "$free_capacity_gb", 100]'."#,
            valueName: "key=value"
        )
    )
    var hints: [LabelArgument] = []

    /// - Throws: `invalidInput` when a hint has two values.
    func request() throws -> PlacementRequest? {
        let request = PlacementRequest(
            zone: zone,
            near: near,
            apartFrom: apartFrom,
            hints: try hints.merged(to: "create a volume", as: "hint")
        )
        return request == PlacementRequest() ? nil : request
    }
}
