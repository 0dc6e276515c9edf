internal import ArgumentParser
internal import VolumeAPI

/// The holder that a volume gets.
struct HolderOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("The name of its user, such as a virtual machine.", valueName: "name"),
        transform: { try VolumeName(validating: $0, as: "holder") }
    )
    var holder: VolumeName?

    /// The holder as the end of a sentence about the volume.
    var words: String { HolderSelection.holder(holder).words }
}

/// The holders whose use of a volume ends.
struct HolderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "End the use of this holder; by default of the one without a name, or the only one.",
            valueName: "name"
        ),
        transform: { try VolumeName(validating: $0, as: "holder") }
    )
    var holder: VolumeName?

    @Flag(help: "End the use of all holders.")
    var all = false

    func validate() throws {
        guard !all || holder == nil else { throw ValidationError("--all and --holder exclude each other") }
    }

    var selection: HolderSelection { all ? .all : .holder(holder) }
}

extension HolderSelection {
    /// The holders as the end of a sentence about the volume.
    var words: String {
        switch self {
        case .all: " for all holders"
        case .holder(let holder): holder.map { " for holder \"\($0)\"" } ?? ""
        }
    }
}
