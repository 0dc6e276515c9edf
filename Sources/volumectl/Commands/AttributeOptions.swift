internal import ArgumentParser
internal import VolumeAPI

/// The options for the attributes of a new volume.
struct AttributeOptions: ParsableArguments {
    @Option(parsing: .unconditional, help: "A text for people that says what it is for.")
    var description: String?

    @Option(
        name: .customLong("label"),
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("A label to find it by; may be repeated.", valueName: "key=value")
    )
    var labels: [LabelArgument] = []

    @Flag(help: "Refuse to remove it until 'volumectl set --unprotected'.")
    var protected = false

    @Flag(help: "Note that a machine can be started from it, as from any copy of such a volume.")
    var bootable = false

    @Flag(help: "Let several holders attach or export it at once.")
    var multiattach = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Note the id of the key with which it is encrypted by its user; nothing here encrypts.",
            valueName: "id"
        )
    )
    var keyID: String?

    func attributes() throws -> VolumeAttributes {
        VolumeAttributes(
            description: description ?? "",
            labels: try labels.merged(to: "create a volume"),
            isProtected: protected,
            isBootable: bootable,
            isMultiattach: multiattach,
            keyID: keyID
        )
    }
}
