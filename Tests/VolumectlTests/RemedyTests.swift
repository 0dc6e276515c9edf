import ArgumentParser
import Foundation
import Identity
import Subprocess
import TaskFlow
import Testing
import VolumeAPI
import VolumeDriver

@testable import volumectl

/// Remedies as people type them and as programs read them.
struct RemedyTests {
    /// Names of volumes, pools and directories, valid and hostile.
    static let names = [
        "web", "my data", "-rf", "--help", "it's", "$(id)", "a\"b\\c", "*", "", "#", "größe", "a\nb", "a\u{202E}b'1",
    ]

    @Test(arguments: names)
    func `every remedy that is a command can be typed as it stands`(name: String) async throws {
        let remedies = Self.all(name)
        #expect(Remedy.advice(name).text == name)
        let commands = remedies.filter { $0 != .advice(name) }
        let typed = try await typed(commands.map(\.text))
        try #require(typed.count == commands.count)
        for (remedy, words) in zip(commands, typed) {
            let command = try VolumeCtl.parseAsRoot(words)
            #expect(Self.does(command, remedy), "\(remedy.text)")
        }
    }

    /// The arguments that a shell passes to `volumectl` for each of the lines.
    private func typed(_ lines: [String]) async throws -> [[String]] {
        let script = (["volumectl() { printf '%s\\0' \"$@\" $'\\x01'; }"] + lines).joined(separator: "\n")
        let run = try await Subprocess.run(
            .name("bash"),
            arguments: ["-c", script],
            output: .string(limit: 1 << 16),
            error: .string(limit: 1 << 16)
        )
        try #require(run.terminationStatus.isSuccess && run.standardError.isEmpty, "\(lines): \(run.standardError)")
        return run.standardOutput.components(separatedBy: "\u{1}\0").dropLast()
            .map { Array($0.components(separatedBy: "\0").dropLast()) }
    }

    @Test func `JSON has each remedy's kind and object`() throws {
        let views = try Self.all("web")
            .map { remedy in
                try #require(
                    JSONSerialization.jsonObject(with: Data(JSONOutput.text(RemedyView(remedy)).utf8)) as? [String: Any]
                )
            }
        let kinds = views.compactMap { $0["kind"] as? String }
        #expect(Set(kinds).count == views.count)
        #expect(kinds.allSatisfy { $0.wholeMatch(of: /[a-z_]+/) != nil })
        let creation = try #require(views.first { $0["kind"] as? String == "create_volume" })
        #expect(creation["size_bytes"] as? Int64 == 3 << 20 && creation["pool"] as? String == "web")
        #expect(creation["text"] as? String == "volumectl create --size 3M --name web --pool web")
    }

    @Test(arguments: [
        (Int64(1) << 30, "1"), (5 << 40, "5120"), (3 << 20, "3M"), (4097, "4097b"), (.max, "\(Int64.max)b"),
    ])
    func `a size is advised as it is`(bytes: Int64, words: String) throws {
        let size = try #require(ByteCount(bytes: bytes))
        let text = Remedy.createVolume(size: size, name: nil, pool: nil).text
        #expect(text == "volumectl create --size \(words)")
        let command = try #require(try VolumeCtl.parseAsRoot(["create", "--size", words]) as? Create)
        #expect(try SizeExpression(parsing: command.arguments.size ?? "") == .exactly(size))
    }

    @Test func `the worded remedies of earlier versions are printed unchanged`() throws {
        let stored = """
            {"code": {"description": "conflict"}, "message": "m", "aftermath": "nothing was changed", "verdicts": [],
            "remedies": ["volumectl pool claim fast  # renames it", "call a person"]}
            """
        let error = try JSONDecoder().decode(VolumeError.self, from: Data(stored.utf8))
        #expect(
            ErrorOutput.text(error).hasSuffix("\ntry:  volumectl pool claim fast  # renames it\n      call a person")
        )
    }

    /// Every remedy, about `name`.
    private static func all(_ name: String) -> [Remedy] {
        Array(sequence(first: .showVolume(name)) { successor(of: $0, name) })
    }

    /// Enumerates all kinds: a new one has to be added here and in ``does(_:_:)``.
    private static func successor(of remedy: Remedy, _ name: String) -> Remedy? {
        let flow = FlowID.random()
        return switch remedy {
        case .showVolume: .listVolumes
        case .listVolumes: .createVolume(size: size, name: try? VolumeName(validating: name), pool: name)
        case .createVolume: .resizeVolume(name, to: size)
        case .resizeVolume: .retypeVolume(name, to: name)
        case .retypeVolume: .unprotectVolume(name)
        case .unprotectVolume: .removeVolume(name)
        case .removeVolume: .removeVolumeWithSnapshots(name)
        case .removeVolumeWithSnapshots: .showSnapshot(name)
        case .showSnapshot: .listSnapshots(volume: name)
        case .listSnapshots: .removeSnapshot(name)
        case .removeSnapshot: .attachVolume(name)
        case .attachVolume: .detachVolume(name, holder: holder)
        case .detachVolume: .detachVolumeFromAll(name)
        case .detachVolumeFromAll: .exportVolume(name, holder: holder)
        case .exportVolume: .unexportVolume(name)
        case .unexportVolume: .unexportVolumeForAll(name)
        case .unexportVolumeForAll: .mountVolume(name, at: name)
        case .mountVolume: .unmountVolume(name)
        case .unmountVolume: .repair(name)
        case .repair: .showFlow(flow)
        case .showFlow: .listFlows
        case .listFlows: .retryFlow(flow)
        case .retryFlow: .waitForFlow(flow)
        case .waitForFlow: .cancelFlow(flow)
        case .cancelFlow: .abandonFlow(flow)
        case .abandonFlow: .showPool(name)
        case .showPool: .listPools
        case .listPools: .listZones
        case .listZones: .enablePool(name)
        case .enablePool: .claimPool(name)
        case .claimPool: .showHost(name)
        case .showHost: .listHosts
        case .listHosts: .enableHost(name)
        case .enableHost: .onHost(name, .attachVolume(name))
        case .onHost: .inProject(name, .showVolume(name))
        case .inProject: .listPoolObjects(name)
        case .listPoolObjects: .adoptObject(name, pool: name)
        case .adoptObject: .createType(name)
        case .createType: .restrictType(name)
        case .restrictType: .showType(name)
        case .showType: .listTypes
        case .listTypes: .showGroup(name)
        case .showGroup: .listGroups
        case .listGroups: .removeFromGroup(name, group: name)
        case .removeFromGroup: .removeGroupWithVolumes(name)
        case .removeGroupWithVolumes: .showQoS(name)
        case .showQoS: .listQoS
        case .listQoS: .disassociateQoS(name)
        case .disassociateQoS: .showQuota
        case .showQuota: .fixQuota
        case .fixQuota: .raiseQuota("per_volume_gigabytes", to: 7)
        case .raiseQuota: .backUp(to: name)
        case .backUp: .showConfigurationSample
        case .showConfigurationSample: .advice(name)
        case .advice: nil
        }
    }

    private static let holder = try? VolumeName(validating: "vm1", as: "holder")
    private static let size = ByteCount(bytes: 3 << 20) ?? .zero

    /// Whether the parsed command does what the remedy says.
    private static func does(_ command: any ParsableCommand, _ remedy: Remedy) -> Bool {
        switch remedy {
        case .showVolume(let volume): (command as? Show)?.volume == volume
        case .listVolumes: command is List
        case .createVolume(_, let name, let pool):
            (command as? Create).map(\.arguments)
                .map { $0.size == "3M" && $0.name == name?.description && $0.pool == pool } ?? false
        case .resizeVolume(let volume, _): (command as? Resize).map { $0.volume == volume && $0.size == "3M" } ?? false
        case .retypeVolume(let volume, let type):
            (command as? Retype).map { $0.volume == volume && $0.type == type && $0.migrate } ?? false
        case .unprotectVolume(let volume):
            (command as? SetVolume).map { $0.volume == volume && $0.unprotected } ?? false
        case .removeVolume(let volume): (command as? Remove)?.volumes == [volume]
        case .removeVolumeWithSnapshots(let volume):
            (command as? Remove).map { $0.volumes == [volume] && $0.cascade } ?? false
        case .showSnapshot(let snapshot): (command as? ShowSnapshot)?.snapshot == snapshot
        case .listSnapshots(let volume): (command as? ListSnapshots)?.volume == volume
        case .removeSnapshot(let snapshot): (command as? RemoveSnapshots)?.snapshots == [snapshot]
        case .attachVolume(let volume, let holder):
            (command as? Attach).map { $0.volume == volume && $0.holder.holder == holder } ?? false
        case .detachVolume(let volume, let holder):
            (command as? Detach).map { $0.volume == volume && $0.holders == .holder(holder) } ?? false
        case .detachVolumeFromAll(let volume):
            (command as? Detach).map { $0.volume == volume && $0.holders == .all } ?? false
        case .exportVolume(let volume, let holder):
            (command as? Export).map { $0.volume == volume && $0.holder.holder == holder } ?? false
        case .unexportVolume(let volume, let holder):
            (command as? Unexport).map { $0.volume == volume && $0.holders == .holder(holder) } ?? false
        case .unexportVolumeForAll(let volume):
            (command as? Unexport).map { $0.volume == volume && $0.holders == .all } ?? false
        case .mountVolume(let volume, let directory):
            (command as? Mount).map { $0.volume == volume && $0.directory == directory } ?? false
        case .unmountVolume(let volume): (command as? Unmount)?.volume == volume
        case .repair(let object): (command as? RepairCommand)?.object == object
        case .showFlow(let flow): (command as? ShowFlow)?.flow == flow.description
        case .listFlows: command is ListFlows
        case .retryFlow(let flow): (command as? RetryFlow)?.flow == flow.description
        case .waitForFlow(let flow): (command as? WaitFlow)?.flow == flow.description
        case .cancelFlow(let flow): (command as? CancelFlow)?.flow == flow.description
        case .abandonFlow(let flow): (command as? AbandonFlow)?.flow == flow.description
        case .showGroup(let group): (command as? ShowGroup)?.group == group
        case .listGroups: command is ListGroups
        case .removeFromGroup(let volume, let group):
            (command as? RemoveFromGroup).map { $0.group == group && $0.volumes == [volume] } ?? false
        case .removeGroupWithVolumes(let group):
            (command as? RemoveGroup).map { $0.group == group && $0.volumes } ?? false
        case .showPool(let pool): (command as? ShowPool)?.pool == pool
        case .listPools: command is ListPools
        case .listZones: (command as? ListPools)?.list.columns == ["name,zone"]
        case .enablePool(let pool): (command as? EnablePool)?.pool == pool
        case .claimPool(let pool): (command as? ClaimPool)?.pool == pool
        case .showHost(let host): (command as? ShowWorker)?.host == host
        case .listHosts: command is ListWorkers
        case .enableHost(let host): (command as? EnableWorker)?.host == host
        case .onHost(_, let remedy), .inProject(_, let remedy): does(command, remedy)
        case .adoptObject(let object, let pool):
            (command as? Adopt).map { $0.object == object && $0.pool == pool } ?? false
        case .fixQuota: (command as? AuditQuota).map { $0.fix && $0.allProjects } ?? false
        case .createType(let name): (command as? CreateType)?.name == name
        case .restrictType(let name): (command as? ChangeType).map { $0.name == name && $0.isPrivate == true } ?? false
        case .listPoolObjects(let pool): (command as? ListPoolObjects)?.pool == pool
        case .showType(let name): (command as? ShowType)?.name == name
        case .listTypes: command is ListTypes
        case .showQoS(let name): (command as? ShowQoS)?.name == name
        case .listQoS: command is ListQoS
        case .disassociateQoS(let name): (command as? DisassociateQoS).map { $0.name == name && $0.all } ?? false
        case .showQuota: command is ShowQuota
        case .backUp(let file): (command as? Backup)?.file == file
        case .showConfigurationSample: command is PrintSample
        case .raiseQuota(_, let limit): (command as? SetQuota)?.perVolumeGigabytes == "\(limit)"
        case .advice: false
        }
    }
}
