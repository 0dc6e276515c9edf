import ExternalDriver
import Foundation
import Identity
import TestKit
import Testing
import VolumeDriver

/// What a driver is, as its executable says.
@Suite(.scratchDirectory)
struct DescriptionTests {
    let volume = VolumeID.random()

    @Test func `capabilities, features and locations are those that the executable names`() async throws {
        let driver = try await Script.driver(thin: false, features: ["extend", "image"], otherwise: "exit 9")
        #expect(driver.capabilities == DriverCapabilities(isThin: false, granule: try #require(ByteCount(bytes: 512))))
        #expect(driver.features == [.extend, .image])
        #expect(driver.imageFormats == [.raw])
        #expect(driver.exportTypes == [.nbd])
        #expect(driver.location(of: volume) == "pool/volume-\(volume)")
    }

    @Test func `an unknown feature is ignored`() async throws {
        let driver = try await Script.driver(features: ["extend", "teleport"], otherwise: "exit 9")
        #expect(driver.features == .extend)
    }

    @Test func `a driver without a description supports nothing, and every call reports why`() async throws {
        let driver = try await Script.driver(body: "echo 'no licence' >&2; exit 4")
        #expect(driver.features == [])
        let error = await #expect(throws: DriverError.self) { try await driver.capacity() }
        #expect(error?.code == .broken)
        #expect(error?.cause?.contains("no licence") == true)
        let findings = await driver.checkHealth()
        #expect(findings.map(\.severity) == [.failure])
    }

    @Test func `an executable that others may change is not executed`() async throws {
        let driver = try await Script.driver(otherwise: "exit 9")
        try FileManager.default.setAttributes([.posixPermissions: 0o775], ofItemAtPath: Script.path)
        try FileManager.default.removeItem(atPath: Script.path + ".request")
        let error = await #expect(throws: DriverError.self) { try await driver.capacity() }
        #expect(error?.code == .notPermitted)
        #expect(error?.remedy?.contains("chmod go-w") == true)
        #expect(!FileManager.default.fileExists(atPath: Script.path + ".request"))
    }

    @Test(arguments: [nil, 0o644])
    func `an executable that is missing, or can't be executed, is named`(mode: Int?) async throws {
        let path = ScratchDirectory.path + "/nothing"
        if let mode {
            #expect(FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: mode]))
        }
        let driver = await ExternalDriver(try ExternalCommand(path))
        let error = await #expect(throws: DriverError.self) { try await driver.list() }
        #expect(error?.message.contains(path) == true)
        #expect(error?.remedy != nil)
    }

    @Test(arguments: ["driver", "./driver", "", "/a\0b"])
    func `a command without an absolute path is refused`(path: String) {
        let error = #expect(throws: DriverError.self) { try ExternalCommand(path) }
        #expect(error?.code == .refused)
    }
}
