internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import VolumeAPI
internal import VolumeDriver
internal import Volumes

struct NomadCreate: NomadOperation {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create the volume and mount it below Nomad's directory of volumes.",
        discussion: """
            The volume's id is DHV_VOLUME_ID, its size DHV_CAPACITY_MIN_BYTES, else
            DHV_CAPACITY_MAX_BYTES. A volume that exists is mounted, as after a reboot. A
            new one that can't be mounted is removed again. Needs root.
            """
    )

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "create the volume, and mount it" }

    private struct Answer: Encodable {
        let path: String
        let bytes: Int64
    }

    func check() throws { _ = try NomadRequest(ProcessInfo.processInfo.environment).volume }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let request = try NomadRequest(ProcessInfo.processInfo.environment)
        let wanted = try request.volume.withDefaults(of: settings)
        // A flow that is unfinished at the deadline would make a volume that Nomad does not know of.
        let volume = try await carryOut(.reverts, by: service, settings, control: control(cancels: true)) {
            try await Self.provide(request, wanted, $0, $1)
        }
        try NomadPlugin.answer(Answer(path: request.directory, bytes: volume.size.bytes))
    }

    private static func provide(
        _ request: NomadRequest,
        _ wanted: VolumeRequest,
        _ service: any VolumeClient,
        _ control: RequestControl
    ) async throws(VolumeError) -> Volume {
        let (existing, fileSystem) = (try await present(request, service), try request.parameters.fileSystem)
        if !DryRun.isOn { try make(request.directory) }
        let created: CreatedVolume?
        do {
            created = existing == nil ? try await service.create(wanted, control: control) : nil
        } catch {
            if !DryRun.isOn { rmdir(request.directory) }
            throw error
        }
        // A dry run makes no directory, and so nothing could be found out about a mount.
        if FileManager.default.fileExists(atPath: request.directory) {
            do {
                let control = control.withNewFlow
                _ = try await service.mount(
                    "\(request.id)",
                    at: request.directory,
                    fileSystem: fileSystem,
                    control: control
                )
            } catch {
                guard created?.isNew == true, error.code != .timedOut else { throw error }
                throw await undoing(request, after: error, service)
            }
        }
        return try await service.volume(named: "\(request.id)")
    }

    /// The volume, if an earlier call has created it; `nil` if it has to be created, or is being created.
    ///
    /// - Throws: `conflict` if it is smaller than requested now.
    private static func present(_ request: NomadRequest, _ service: any VolumeClient) async throws(VolumeError)
        -> Volume?
    {
        let volume: Volume
        do {
            volume = try await service.volume(named: "\(request.id)")
        } catch  where error.code == .notFound {
            return nil
        }
        guard volume.status.promisesData else { return nil }
        let minimum = try request.minimum
        guard volume.size >= minimum else {
            throw VolumeError(
                .conflict,
                "volume \"\(volume.label)\" is smaller than Nomad requests",
                cause: "it has \(volume.size), and capacity_min is \(minimum)",
                remedies: [
                    .advice("set capacity_min to the size that it has, or create another volume"),
                    .showVolume(volume.label),
                ]
            )
        }
        return volume
    }

    private static func make(_ directory: String) throws(VolumeError) {
        guard mkdir(directory, 0o700) != 0, errno != EEXIST else { return }
        throw VolumeError(
            errno == EACCES || errno == EROFS ? .notPermitted : .conflict,
            "cannot make directory \(directory.quoted) for the volume",
            cause: String(cString: strerror(errno)),
            remedies: [.advice("see to it that Nomad's host_volumes_dir is there and that root can write to it")]
        )
    }

    /// Removes a new volume that can't be mounted, because Nomad does not know of it.
    ///
    /// - Returns: the error for Nomad.
    private static func undoing(
        _ request: NomadRequest,
        after error: VolumeError,
        _ service: any VolumeClient
    ) async -> VolumeError {
        // Not a part of this task, which may have been cancelled.
        let removal = Task { try await service.delete("\(request.id)", control: RequestControl()) }
        if case .failure(let failure) = await removal.result {
            let second = VolumeError(translating: failure)
            return VolumeError(
                .revertIncomplete,
                error.message,
                cause: error.cause,
                aftermath: "the new volume is still there: \(second)",
                remedies: [.removeVolume("\(request.id)")] + second.remedies,
                flow: second.flow
            )
        }
        rmdir(request.directory)
        let words = error.remedies.filter { if case .advice = $0 { true } else { false } }
        return VolumeError(
            error.code,
            error.message,
            cause: error.cause,
            aftermath: "the new volume was removed again",
            remedies: words + (error.flow.map { [.showFlow($0)] } ?? [.listFlows]),
            flow: error.flow
        )
    }
}
