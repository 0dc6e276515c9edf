import TestKit
import Testing
import VolumeAPI
import VolumeDriver
import Volumes

@Suite(.scratchDirectory)
struct AttributeTests {
    @Test func `a new volume has what is said about it, which can be changed without a flow`() async throws {
        let scene = try Scene()
        var request = VolumeRequest(name: try VolumeName(validating: "data"), size: .exactly(.mebibyte))
        request.attributes = VolumeAttributes(description: "for tests", labels: ["env": "test", "a/b": "ä"])
        let created = try await scene.service.create(request).volume
        #expect(created.attributes == request.attributes)
        let flows = try await scene.service.flows(limit: 10).count
        let changed = try await scene.service.change(
            "data",
            VolumeChange(
                name: try VolumeName(validating: "logs"),
                description: "",
                labels: ["env": "prod"],
                removedLabels: ["a/b", "unknown"],
                isBootable: true
            )
        )
        #expect(changed.label == "logs" && changed.id == created.id && changed.status == .available)
        #expect(changed.attributes == VolumeAttributes(labels: ["env": "prod"], isBootable: true))
        #expect(try await scene.service.volume(created.id) == changed)
        #expect(try await scene.service.flows(limit: 10).count == flows)
    }

    @Test func `what is said about a volume does not make a request another one`() async throws {
        let scene = try Scene()
        let volume = try await scene.create("data")
        var request = VolumeRequest(name: try VolumeName(validating: "data"), size: .exactly(.mebibyte))
        request.attributes = VolumeAttributes(description: "other")
        let again = try await scene.service.create(request)
        #expect(!again.isNew && again.volume == volume)
    }

    @Test func `the id of a key stays, is part of the request, and is that of every copy`() async throws {
        let scene = try Scene()
        let key = "9d1c7a52-3b64-4f0e-8a21-5c0f7e6d4b3a"
        var request = VolumeRequest(name: try VolumeName(validating: "data"), size: .exactly(.mebibyte))
        request.attributes = VolumeAttributes(keyID: key)
        let volume = try await scene.service.create(request).volume
        #expect(volume.attributes.keyID == key)
        let changed = try await scene.service.change("data", VolumeChange(description: "encrypted"))
        #expect(changed.attributes == VolumeAttributes(description: "encrypted", keyID: key))
        #expect(try await !scene.service.create(request).isNew)
        request.attributes.keyID = "another"
        let other = await #expect(throws: VolumeError.self) { try await scene.service.create(request) }
        #expect(other?.code == .conflict && other?.cause?.contains(key) == true)
        try await scene.snapshot("daily")
        for (name, source) in [("copy", VolumeSource.volume("data")), ("old", .snapshot("daily"))] {
            var copy = VolumeRequest(name: try VolumeName(validating: name), source: source)
            copy.attributes.keyID = "another"
            let error = await #expect(throws: VolumeError.self) { try await scene.service.create(copy) }
            #expect(error?.code == .invalidInput)
            copy.attributes.keyID = nil
            #expect(try await scene.service.create(copy).volume.attributes.keyID == key)
        }
    }

    static let refused = [
        VolumeAttributes(description: String(repeating: "x", count: 256)),
        VolumeAttributes(description: "two\nlines"),
        VolumeAttributes(labels: ["": "x"]),
        VolumeAttributes(keyID: ""),
        VolumeAttributes(keyID: "two words"),
        VolumeAttributes(keyID: "--dry-run"),
        VolumeAttributes(keyID: "clé"),
        VolumeAttributes(keyID: String(repeating: "k", count: 256)),
        VolumeAttributes(labels: ["key with blanks": "x"]),
        VolumeAttributes(labels: [String(repeating: "k", count: 256): "x"]),
        VolumeAttributes(labels: ["k": String(repeating: "x", count: 256)]),
        VolumeAttributes(labels: Dictionary(uniqueKeysWithValues: (0...128).map { ("k\($0)", "x") })),
    ]

    @Test(arguments: refused)
    func `what can't be stored is refused before anything is touched`(_ attributes: VolumeAttributes) async throws {
        let scene = try Scene()
        var request = VolumeRequest(name: try VolumeName(validating: "data"), size: .exactly(.mebibyte))
        request.attributes = attributes
        let creation = await #expect(throws: VolumeError.self) { try await scene.service.create(request) }
        #expect(creation?.code == .invalidInput)
        #expect(try await scene.service.flows(limit: 10).isEmpty)
        let volume = try await scene.create("data")
        guard attributes.keyID == nil else { return }  // It can't be changed.
        let change = await #expect(throws: VolumeError.self) {
            try await scene.service.change(
                "data",
                VolumeChange(description: attributes.description, labels: attributes.labels)
            )
        }
        #expect(change?.code == .invalidInput)
        #expect(try await scene.service.volume(volume.id) == volume)
    }

    @Test func `a protected volume can't be removed until it is not protected any more`() async throws {
        let scene = try Scene()
        try await scene.create("data")
        try await scene.service.change("data", VolumeChange(isProtected: true))
        let error = await #expect(throws: VolumeError.self) { try await scene.service.delete("data") }
        #expect(error?.code == .conflict)
        #expect(error?.remedies.contains(.unprotectVolume("data")) == true)
        try await scene.expectUsage(volumes: 1, mebibytes: 1)
        try await scene.service.change("data", VolumeChange(isProtected: false))
        try await scene.service.delete("data")
        try await scene.expectNothing()
    }

    @Test func `a name that another volume of the project has is refused`() async throws {
        let scene = try Scene()
        let (data, logs) = (try await scene.create("data"), try await scene.create("logs"))
        let error = await #expect(throws: VolumeError.self) {
            try await scene.service.change("data", VolumeChange(name: logs.name, description: "x"))
        }
        #expect(error?.code == .conflict)
        #expect(try await scene.service.volume(data.id) == data)
        let other = scene.service.scoped(to: Scope(project: "other"))
        let hidden = await #expect(throws: VolumeError.self) {
            try await other.change("\(data.id)", VolumeChange(description: "mine"))
        }
        #expect(hidden?.code == .notFound)
    }
}

extension ByteCount {
    fileprivate static var mebibyte: ByteCount { ByteCount(bytes: 1 << 20) ?? .zero }
}
