import Foundation
import Identity
import Programs
import SQLite
import VolumeAPI
import VolumeDriver
import Volumes

/// The measurements of a pool, for every driver.
struct PoolContests<Hand: ByHand> {
    let driver: any VolumeDriver
    var hand: Hand
    let size: ByteCount
    let programs: CountingPrograms
    let rounds: Int

    private var shell: Shell { hand.shell }
    private var contest: Contest { Contest(rounds: rounds, programs: programs) }

    /// A volume's creation and its deletion.
    ///
    /// - Parameter state: the directory of the service's database.
    func measureVolumes(_ tables: inout DriverTables, _ name: String, state: String) async throws {
        let service = try VolumeService(
            database: SQLiteDatabase(path: state),
            pools: [Pool(name: "default", driver: driver)]
        )
        let contestants = [
            Contestant {
                _ = try await service.create(VolumeRequest(size: .exactly(size), id: $0.volume))
            } undo: {
                try await service.delete($0.volume.description)
            },
            Contestant {
                try await driver.create($0.volume, size: size, operation: .random())
            } undo: {
                try await driver.delete($0.volume, operation: .random())
            },
            Contestant {
                try shell.run(hand.create($0.handmade))
            } undo: {
                try shell.run(hand.delete($0.handmade))
            },
        ]
        let times = try await contest.run(contestants)
        let (served, driven, made) = (times[0], times[1], times[2])
        tables.add(
            "create, \(name)",
            service: served.act,
            driver: driven.act,
            hand: made.act,
            lines: hand.create("V")
        )
        tables.add(
            "delete, \(name)",
            service: served.undo,
            driver: driven.undo,
            hand: made.undo,
            lines: hand.delete("V")
        )
    }

    /// A snapshot's creation and its deletion, and a clone's, of a volume that holds the image.
    func measureCopies(_ tables: inout DriverTables, _ name: String, of image: TestImage) async throws {
        let source = try await filled(from: image)
        if let driver = driver as? any SnapshottingDriver {
            let contestants = [
                Contestant {
                    try await driver.createSnapshot($0.snapshot, of: source, operation: .random())
                } undo: {
                    try await driver.deleteSnapshot($0.snapshot, of: source, operation: .random())
                },
                Contestant {
                    try shell.run(hand.snapshot($0.handmade, of: source.backendName))
                } undo: {
                    try shell.run(hand.deleteSnapshot($0.handmade, of: source.backendName))
                },
            ]
            let times = try await contest.run(contestants)
            let (make, remove) = (hand.snapshot("S", of: "V"), hand.deleteSnapshot("S", of: "V"))
            tables.add("snapshot, \(name)", service: nil, driver: times[0].act, hand: times[1].act, lines: make)
            tables.add("delete it, \(name)", service: nil, driver: times[0].undo, hand: times[1].undo, lines: remove)
        }
        if let driver = driver as? any CloningDriver {
            let contestants = [
                Contestant {
                    try await driver.clone(source, as: $0.volume, size: size, operation: .random())
                } undo: {
                    try await driver.delete($0.volume, operation: .random())
                },
                Contestant {
                    try shell.run(hand.clone(source.backendName, as: $0.handmade))
                } undo: {
                    try shell.run(hand.delete($0.handmade))
                },
            ]
            let times = try await contest.run(contestants)
            let lines = hand.clone("V", as: "W")
            tables.add("clone, \(name)", service: nil, driver: times[0].act, hand: times[1].act, lines: lines)
        }
        try await driver.delete(source, operation: .random())
    }

    /// Images, written into volumes and read out of them.
    func measureImages(_ name: String, _ image: TestImage, formats: [ImageFormat]) async throws {
        let driver = try driver.imaging
        let target = URL(filePath: image.raw.path).deletingLastPathComponent().path(percentEncoded: false) + "out"
        for format in formats {
            let shown = VolumeImage(path: "IMAGE", format: format)
            let writing = try await contest.run([
                Contestant {
                    try await driver.create($0.volume, size: size, operation: .random())
                    coolDown(image[format].path)
                } act: {
                    try await driver.writeImage(
                        image[format],
                        into: $0.volume,
                        options: TransferOptions(),
                        operation: .random()
                    )
                } undo: {
                    try await driver.delete($0.volume, operation: .random())
                },
                Contestant {
                    try shell.run(hand.create($0.handmade))
                    coolDown(image[format].path)
                } act: {
                    try shell.run(hand.write(image[format], into: $0.handmade))
                } undo: {
                    try shell.run(hand.delete($0.handmade))
                },
            ])
            DriverTables.addImage(
                "\(format) into \(name)",
                driver: writing[0].act,
                hand: writing[1].act,
                lines: hand.write(shown, into: "V"),
                mebibytes: image.dataMebibytes
            )
        }
        let source = try await filled(from: image)
        for format in formats {
            // Each writes a new file, because replacing one takes additional time.
            let copy = VolumeImage(path: target, format: format)
            let handmade = VolumeImage(path: target + "-by-hand", format: format)
            let shown = VolumeImage(path: "IMAGE", format: format)
            let reading = try await contest.run([
                Contestant { _ in
                    coolDown(driver.location(of: source))
                } act: { _ in
                    try await driver.readImage(of: source, to: copy, options: TransferOptions(), operation: .random())
                } undo: { _ in
                    unlink(copy.path)
                },
                Contestant { _ in
                    coolDown(driver.location(of: source))
                } act: { _ in
                    try shell.run(hand.read(source.backendName, to: handmade))
                } undo: { _ in
                    unlink(handmade.path)
                },
            ])
            DriverTables.addImage(
                "\(format) out of \(name)",
                driver: reading[0].act,
                hand: reading[1].act,
                lines: hand.read("V", to: shown),
                mebibytes: image.dataMebibytes
            )
        }
        try await driver.delete(source, operation: .random())
    }

    /// A volume that holds the image.
    private func filled(from image: TestImage) async throws -> VolumeID {
        let volume = VolumeID.random()
        try await driver.create(volume, size: size, operation: .random())
        try await driver.imaging.writeImage(image.raw, into: volume, options: TransferOptions(), operation: .random())
        return volume
    }
}

extension Contestant.Round {
    /// The name of an object that is created by hand.
    fileprivate var handmade: String { "hand-\(volume)" }
}
