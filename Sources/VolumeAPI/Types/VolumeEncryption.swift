/// How users encrypt the volumes of a type (`cinder: volume type encryption`). It is stored and shown; nothing here encrypts.
public struct VolumeEncryption: Sendable, Hashable, Codable {
    /// The side that encrypts.
    public enum ControlLocation: String, Sendable, Hashable, Codable, CaseIterable {
        /// The client of the volume, such as a hypervisor.
        case frontEnd = "front-end"
        /// The storage.
        case backEnd = "back-end"
    }

    /// The format: `luks`, or the name of a class.
    public let provider: String
    /// The algorithm and its mode: `aes-xts-plain64`; `nil` for the provider's own.
    public let cipher: String?
    /// The size of the key in bits; `nil` for the provider's own.
    public let keySize: Int?
    /// The side that encrypts.
    public let controlLocation: ControlLocation

    package init(provider: String, cipher: String?, keySize: Int?, controlLocation: ControlLocation) {
        (self.provider, self.cipher, self.keySize) = (provider, cipher, keySize)
        self.controlLocation = controlLocation
    }
}

/// A change of how the volumes of a type are encrypted. `nil` keeps the present value.
public struct EncryptionChange: Sendable, Hashable, Codable {
    /// The format; needed for a type without encryption.
    public var provider: String?
    /// The algorithm and its mode.
    public var cipher: String?
    /// The size of the key in bits.
    public var keySize: Int?
    /// The side that encrypts; ``VolumeEncryption/ControlLocation/frontEnd`` for a type without encryption.
    public var controlLocation: VolumeEncryption.ControlLocation?

    /// - Parameters:
    ///   - provider: the format.
    ///   - cipher: the algorithm and its mode.
    ///   - keySize: the size of the key in bits.
    ///   - controlLocation: who encrypts.
    public init(
        provider: String? = nil,
        cipher: String? = nil,
        keySize: Int? = nil,
        controlLocation: VolumeEncryption.ControlLocation? = nil
    ) {
        (self.provider, self.cipher, self.keySize) = (provider, cipher, keySize)
        self.controlLocation = controlLocation
    }

    /// `encryption`, changed; `nil` without a provider.
    package func applied(to encryption: VolumeEncryption?) -> VolumeEncryption? {
        (provider ?? encryption?.provider)
            .map { provider in
                VolumeEncryption(
                    provider: provider,
                    cipher: cipher ?? encryption?.cipher,
                    keySize: keySize ?? encryption?.keySize,
                    controlLocation: controlLocation ?? encryption?.controlLocation ?? .frontEnd
                )
            }
    }
}
