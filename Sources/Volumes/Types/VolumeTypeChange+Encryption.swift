internal import VolumeAPI

extension VolumeTypeChange {
    /// Checks that the encryption that it gives the type can be stored, printed and used.
    func checkEncryption(of type: VolumeType, to subject: String) throws(VolumeError) {
        guard encryption != nil else { return }
        func refuse(_ problem: String) -> VolumeError {
            VolumeError(.invalidInput, "cannot \(subject): \(problem)", remedies: [.listTypes])
        }
        guard !removesEncryption else { throw refuse("its encryption can't be both changed and removed") }
        guard let new = type.encryption else { throw refuse("encryption needs a provider, such as 'luks'") }
        guard VolumeAttributes.isWord(new.provider) else {
            throw refuse("\(new.provider.quoted) is not a provider of encryption, such as 'luks'")
        }
        if let cipher = new.cipher, !VolumeAttributes.isWord(cipher) {
            throw refuse("\(cipher.quoted) is not a cipher, such as 'aes-xts-plain64'")
        }
        if let size = new.keySize, !(1...Int(Int32.max)).contains(size) {
            throw refuse("the size of a key is a number of bits, such as 256, and not \(size)")
        }
    }
}

extension TypeTable {
    /// Checks that a volume which several holders may use is not encrypted.
    ///
    /// - Parameter subject: the request, as the words after "cannot".
    /// - Throws: `conflict`.
    func requireUnencrypted(_ attributes: VolumeAttributes?, of type: String?, to subject: String) throws {
        guard let attributes, attributes.isMultiattach else { return }
        let isEncrypted = try attributes.keyID != nil || encryption(of: type) != nil
        if isEncrypted { throw VolumeError.encryptedMultiattach(subject) }
    }
}

extension VolumeError {
    /// The error for a type whose volumes are encrypted in the present way.
    static func encrypting(_ name: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot change the encryption of volume type \(name.quoted): volumes have it",
            cause: "they are encrypted as the type says",
            remedies: [.showType(name), .listVolumes, .advice("create another type for new volumes")]
        )
    }

    /// The error for an encrypted volume with several holders (`cinder: InvalidVolume`).
    static func encryptedMultiattach(_ subject: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot \(subject): a multiattach volume can't be encrypted",
            cause: "multiattach with encrypted volumes is not supported",
            remedies: [.advice("choose a type without encryption and name no key, or do without multiattach")]
        )
    }

    /// The error for a type that a volume can't have, because nothing here encrypts it anew.
    ///
    /// - Parameter other: what is encrypted in another way.
    static func otherEncryption(of type: String, to subject: String, than other: String) -> VolumeError {
        VolumeError(
            .conflict,
            "cannot \(subject): the encryption of volume type \(type.quoted) is not that of \(other)",
            cause: "its data stays encrypted as it is",
            remedies: [.showType(type), .listTypes]
        )
    }
}
