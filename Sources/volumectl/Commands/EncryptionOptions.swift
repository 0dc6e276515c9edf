public import ArgumentParser
public import VolumeAPI

/// The options for how the users of a type's volumes encrypt them.
struct EncryptionOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The format in which users encrypt its volumes, such as luks.", valueName: "provider")
    )
    var encryptionProvider: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The algorithm and its mode, such as aes-xts-plain64.", valueName: "cipher")
    )
    var encryptionCipher: String?

    @Option(parsing: .unconditional, help: ArgumentHelp("The size of the key.", valueName: "bits"))
    var encryptionKeySize: Int?

    @Option(help: ArgumentHelp("Who encrypts: front-end (the default) or back-end.", valueName: "location"))
    var encryptionControlLocation: VolumeEncryption.ControlLocation?

    /// The change that the options ask for; `nil` without any.
    var change: EncryptionChange? {
        let change = EncryptionChange(
            provider: encryptionProvider,
            cipher: encryptionCipher,
            keySize: encryptionKeySize,
            controlLocation: encryptionControlLocation
        )
        return change == EncryptionChange() ? nil : change
    }
}

extension VolumeEncryption.ControlLocation: ExpressibleByArgument {}

/// The encryption of a volume type as JSON.
struct EncryptionView: Encodable {
    let provider: String
    @Nullable var cipher: String?
    /// In bits.
    @Nullable var keySize: Int?
    let controlLocation: String

    init(_ encryption: VolumeEncryption) {
        provider = encryption.provider
        _cipher = Nullable(wrappedValue: encryption.cipher)
        _keySize = Nullable(wrappedValue: encryption.keySize)
        controlLocation = encryption.controlLocation.rawValue
    }
}

extension VolumeEncryption {
    /// The encryption as text for people: `luks, aes-xts-plain64, 256 bits, front-end`.
    var words: String {
        [provider, cipher, keySize.map { "\($0) bits" }, controlLocation.rawValue].compactMap(\.self)
            .joined(separator: ", ")
    }
}
