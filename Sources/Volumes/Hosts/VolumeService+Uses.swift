internal import Foundation
internal import VolumeAPI

extension VolumeService {
    /// The name of this host in records of uses.
    var useHost: String { registry.host?.name ?? ProcessInfo.processInfo.hostName }

    /// Makes sure that a volume is not used on another host, where its devices and servers are.
    ///
    /// - Throws: `conflict` if it is.
    func requireUsedHere(_ volume: Volume) async throws(VolumeError) {
        guard let host = registry.host?.name else { return }
        let uses = try await attachments(of: volume)
        guard let other = uses.first(where: { $0.host != host }) else { return }
        throw VolumeError(
            .conflict,
            "volume \"\(volume.label)\" is in use on host \(other.host)",
            cause: "it is \(Attachment.description(of: uses)); this is host \(host)",
            remedies: [.onHost(other.host, other.endRemedy(volume.label)), .showVolume(volume.label)]
        )
    }
}

extension Attachment {
    /// Ends the use.
    func endRemedy(_ volume: String) -> Remedy {
        switch kind {
        case .attached: .detachVolume(volume, holder: holder)
        case .exported: .unexportVolume(volume, holder: holder)
        case .mounted: .unmountVolume(volume)
        }
    }
}

extension Volume {
    /// Brings the volume into use.
    func remedy(for kind: Attachment.Kind, _ holder: VolumeName?, at directory: String?) -> Remedy {
        switch kind {
        case .attached: .attachVolume(label, holder: holder)
        case .exported: .exportVolume(label, holder: holder)
        case .mounted: .mountVolume(label, at: directory ?? "")
        }
    }
}
