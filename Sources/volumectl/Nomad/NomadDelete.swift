internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import VolumeAPI

struct NomadDelete: NomadOperation {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Unmount the volume and remove it with its data.",
        discussion: "A volume that does not exist counts as removed. Needs root."
    )

    @OptionGroup var rehearsal: DryRunOptions
    @OptionGroup var wait: WaitOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ServiceOptions

    var deed: String { "unmount the volume, and remove it" }

    func run(_ service: any VolumeClient, _ settings: Settings) async throws {
        let request = try NomadRequest(ProcessInfo.processInfo.environment)
        try await carryOut(.waits("a removal"), by: service, settings, control: control(cancels: false)) {
            try await Self.remove(request, $0, $1)
        }
    }

    /// Each step counts as done when there is nothing to do, so that a repeated call goes on where another ended.
    private static func remove(
        _ request: NomadRequest,
        _ service: any VolumeClient,
        _ control: RequestControl
    ) async throws(VolumeError) {
        do {
            _ = try await service.unmount("\(request.id)", control: control)
            try await service.delete("\(request.id)", control: control.withNewFlow)
        } catch  where error.code == .notFound {
            // An earlier call has removed it.
        }
        guard !DryRun.isOn, rmdir(request.directory) != 0, errno != ENOENT else { return }
        let reason = String(cString: strerror(errno))
        Console.note("note: the volume is removed, but not directory \(request.directory.quoted): \(reason)")
    }
}
