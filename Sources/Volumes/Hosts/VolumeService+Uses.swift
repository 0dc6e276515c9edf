internal import Foundation
internal import VolumeAPI

extension VolumeService {
    /// The name of this host in records of uses.
    var useHost: String { registry.host?.name ?? ProcessInfo.processInfo.hostName }

    /// Makes sure that an attachment is of this host, which can look at its device.
    func requireThisHost(_ attachment: Attachment, of volume: Volume) throws(VolumeError) {
        guard let host = registry.host?.name, let pool = volume.pool, PoolName(pool).host == nil,
            attachment.host != host
        else { return }
        throw VolumeError(
            .conflict,
            "volume \"\(volume.label)\" is in use on host \(attachment.host)",
            cause: "this is host \(host), which can't look at devices of another",
            remedies: [.onHost(attachment.host, .showVolume(volume.label))]
        )
    }

    /// Makes sure that a volume is not used on another host, where its devices and servers are.
    ///
    /// - Throws: `conflict` if it is.
    func requireUsedHere(_ volume: Volume) async throws(VolumeError) {
        // A pool of one host is used there only.
        guard let host = registry.host?.name, let pool = volume.pool, PoolName(pool).host == nil else { return }
        let uses = try await attachments(of: volume)
        guard let other = uses.first(where: { $0.host != host }) else { return }
        throw VolumeError(
            .conflict,
            "volume \"\(volume.label)\" is in use on host \(other.host)",
            cause: "it is \(Attachment.description(of: uses)); this is host \(host)",
            remedies: [other.endRemedy(volume.label), .showVolume(volume.label)]
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
