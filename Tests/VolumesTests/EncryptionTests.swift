import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

/// What volume types say about the encryption of their volumes.
@Suite(.scratchDirectory)
struct EncryptionTests {
    private static let luks = EncryptionChange(provider: "luks", cipher: "aes-xts-plain64", keySize: 256)

    private func request(_ name: String, type: String?, source: VolumeSource? = nil) throws -> VolumeRequest {
        var request = VolumeRequest(
            name: try VolumeName(validating: name),
            size: source == nil ? .exactly(try #require(ByteCount(bytes: 1 << 20))) : nil,
            source: source
        )
        request.type = type
        return request
    }

    @Test func `the encryption of a type is stored, changed in parts, and removed`() async throws {
        let service = try Scene().service
        let made = try await service.createType("safe", VolumeTypeChange(encryption: Self.luks))
        #expect(made.encryption?.provider == "luks" && made.encryption?.keySize == 256)
        #expect(made.encryption?.controlLocation == .frontEnd)
        try await service.changeType("safe", VolumeTypeChange(encryption: EncryptionChange(keySize: 512)))
        try await service.changeType(
            "safe",
            VolumeTypeChange(encryption: EncryptionChange(controlLocation: .backEnd))
        )
        try await service.changeType("safe", VolumeTypeChange(description: "for secrets"))
        let changed = try await service.type(named: "safe").encryption
        #expect(changed?.cipher == "aes-xts-plain64" && changed?.keySize == 512)
        #expect(changed?.controlLocation == .backEnd)
        #expect(try await service.types().first?.encryption == changed)
        let bare = try await service.changeType("safe", VolumeTypeChange(removesEncryption: true))
        #expect(bare.encryption == nil)
        #expect(try await service.type(named: "safe") == bare)
    }

    @Test func `the encryption of a type stays as long as a volume has it`() async throws {
        let scene = try Scene()
        try await scene.service.createType("safe", VolumeTypeChange(encryption: Self.luks))
        try await scene.service.createType("plain", VolumeTypeChange())
        _ = try await scene.service.create(request("secret", type: "safe"))
        _ = try await scene.service.create(request("open", type: "plain"))
        for (type, change) in [
            ("safe", VolumeTypeChange(encryption: EncryptionChange(keySize: 512))),
            ("safe", VolumeTypeChange(removesEncryption: true)), ("plain", VolumeTypeChange(encryption: Self.luks)),
        ] {
            let error = await #expect(throws: VolumeError.self) { try await scene.service.changeType(type, change) }
            #expect(error?.code == .conflict && error?.cinderName == "InvalidVolumeType")
        }
        let same = VolumeTypeChange(description: "for secrets", encryption: Self.luks)
        #expect(try await scene.service.changeType("safe", same).description == "for secrets")
        try await scene.service.delete("secret")
        try await scene.service.changeType("safe", VolumeTypeChange(removesEncryption: true))
    }

    @Test func `a volume gets no type, and no copy, whose encryption is another`() async throws {
        let scene = try Scene()
        try await scene.service.createType("safe", VolumeTypeChange(encryption: Self.luks))
        try await scene.service.createType("same", VolumeTypeChange(encryption: Self.luks))
        _ = try await scene.service.create(request("open", type: nil))
        _ = try await scene.service.create(request("secret", type: "safe"))
        let retype = await #expect(throws: VolumeError.self) { try await scene.service.retype("open", to: "safe") }
        #expect(retype?.code == .conflict && retype?.remedies.contains(.showType("safe")) == true)
        #expect(try await scene.service.find("open").type == nil)
        #expect(try await scene.service.retype("secret", to: "same").type == "same")
        let copy = await #expect(throws: VolumeError.self) {
            try await scene.service.create(request("copy", type: "safe", source: .volume("open")))
        }
        #expect(copy?.code == .conflict)
        #expect(try await scene.service.create(request("copy", type: "safe", source: .volume("secret"))).isNew)
    }

    static let refused = [
        EncryptionChange(cipher: "aes-xts-plain64"), EncryptionChange(provider: ""),
        EncryptionChange(provider: "two words"), EncryptionChange(provider: "luks", cipher: "a\nb"),
        EncryptionChange(provider: "luks", keySize: 0), EncryptionChange(provider: "luks", keySize: -1),
        EncryptionChange(provider: "luks", keySize: .max),
    ]

    @Test(arguments: refused)
    func `what makes no sense is refused before anything is stored`(_ encryption: EncryptionChange) async throws {
        let service = try Scene().service
        let error = await #expect(throws: VolumeError.self) {
            try await service.createType("safe", VolumeTypeChange(encryption: encryption))
        }
        #expect(error?.code == .invalidInput)
        #expect(try await service.types().isEmpty)
        try await service.createType("safe", VolumeTypeChange())
        let change = await #expect(throws: VolumeError.self) {
            try await service.changeType("safe", VolumeTypeChange(encryption: encryption))
        }
        #expect(change?.code == .invalidInput)
        #expect(try await service.type(named: "safe").encryption == nil)
    }
}
