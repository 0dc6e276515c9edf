internal import ArgumentParser
internal import Foundation
internal import Identity
internal import SQL
internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

struct Show: ServiceCommand {
    static let access = DatabaseAccess.look
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a volume.")

    @Argument(help: "A name, an id, or at least the first four characters of an id.", completion: .volumes)
    var volume: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let found = try await service.find(volume)
        if output.quiet { return try Console.result(found.id.description) }
        let state = await service.backendState(of: found)
        let location = await service.location(of: found)
        let uses = try await service.states(of: service.attachments(of: found))
        let failure = found.lastError == nil ? nil : await LastErrorView(of: "\(found.id)", found.flow, service)
        if settings.output == .json {
            try Console.result(
                json: VolumeView(
                    found,
                    location: location,
                    backend: BackendView(state),
                    attachments: uses.map { AttachmentView($0, state: $1) },
                    lastErrorDetails: failure
                )
            )
        } else {
            let backend = "\(location)  \(state.words) (asked just now)"
            let next = found.lastError == nil ? [] : await found.remedies(service)
            try Console.result(lines(found, backend, uses, failure, next, as: settings.output))
        }
        switch state {
        case .unknown(let error):
            Console.note("warning: cannot determine whether the data of \"\(found.label)\" exists: \(error)")
        case .found(let presence):
            guard let flaw = await service.flaw(of: found, presence) else { return }
            Console.report(flaw, as: settings.output)
            throw ExitCode(flaw.code.exitStatus)
        }
    }

    private func lines(
        _ found: Volume,
        _ backend: String,
        _ uses: [(Attachment, AttachmentState)],
        _ failure: LastErrorView?,
        _ next: [Remedy],
        as format: OutputFormat
    ) -> [String] {
        var rows = [
            ["name", found.name?.description ?? "-"],
            ["id", found.id.description],
            ["project", found.project],
            ["size", found.exactSize],
            ["pool", found.pool ?? "-"],
            ["type", found.type ?? "-"],
            ["status", "\(found.status.rawValue) since \(found.updatedAt.formatted(.iso8601))"],
            ["backend", backend],
            ["flow", "volumectl flow show \(found.flow.shortened)"],
        ]
        let attributes = found.attributes
        if !attributes.description.isEmpty { rows.append(["description", attributes.description]) }
        for (key, value) in attributes.labels.sorted(by: { $0.key < $1.key }) {
            rows.append(["label", "\(key)=\(value)"])
        }
        if let group = found.groupName { rows.append(["group", group.description]) }
        if attributes.isProtected { rows.append(["protected", "yes"]) }
        if attributes.isReadOnly { rows.append(["read-only", "yes"]) }
        if attributes.isMultiattach { rows.append(["multiattach", "yes"]) }
        if attributes.isBootable { rows.append(["bootable", "yes"]) }
        if let key = attributes.keyID { rows.append(["key id", key]) }
        if let snapshot = found.sourceSnapshot { rows.append(["made of", "snapshot \(snapshot)"]) }
        if let volume = found.sourceVolume { rows.append(["made of", "volume \(volume)"]) }
        if let image = found.sourceImage { rows.append(["made of", "\(image.format.rawValue) image \(image.path)"]) }
        for (attachment, state) in uses { rows.append(["used", attachment.words(state, of: found)]) }
        rows += Table.rows(of: found.lastError, failure, next: next)
        return Table.details(rows, as: format)
    }
}

extension VolumeClient {
    /// The attachments with their real states. The host is asked once for all that have the same device.
    func states(of attachments: [Attachment]) async -> [(Attachment, AttachmentState)] {
        var states: [VolumeAccess?: AttachmentState] = [:]
        var uses: [(Attachment, AttachmentState)] = []
        for attachment in attachments {
            let known = states[attachment.access]
            let state = if let known { known } else { await self.state(of: attachment) }
            states[attachment.access] = state
            uses.append((attachment, state))
        }
        return uses
    }
}

extension Volume {
    /// The remedies of the last error.
    fileprivate func remedies(_ service: any VolumeClient) async -> [Remedy] {
        let retry: [Remedy] = await flow.canBeRetried(service) ? [.retryFlow(flow)] : []
        return switch status {
        case .error: retry + [.removeVolume(label)]
        case .errorMigrating: retry
        default: retry + wayOut
        }
    }
}

extension FlowID {
    /// Whether the flow has failed, and was neither retried with success nor given up since.
    func canBeRetried(_ service: any VolumeClient) async -> Bool {
        guard let (detail, _) = try? await service.flow("\(self)") else { return false }
        return detail.state == .failure && detail.resolution == nil
    }
}

extension BackendState {
    var words: String {
        switch self {
        case .found(.absent): "missing: nothing is there"
        case .found(.partial): "partial: it is unfinished"
        case .found(.complete(let size)): "complete: \(size)"
        case .unknown(let error): "unknown: \(error)"
        }
    }
}
