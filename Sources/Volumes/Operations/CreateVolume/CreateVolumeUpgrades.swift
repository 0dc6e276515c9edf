internal import TaskFlow
internal import VolumeAPI
internal import VolumeDriver

/// The upgrades that carry on create flows of older versions. Version 2 had a step that computed one size for all
/// pools, and tried only one pool. Version 4 adds attributes and a type to the request, version 5 the type to the
/// quota's input, version 6 an image and where the volume has to be, version 7 that several holders may use it, which an older
/// program would leave out.
let createVolumeUpgrades = [
    Upgrade(from: 1) { _ in },
    Upgrade(from: 2) { run in
        if let spec = try run.output(of: "extract-spec", as: ExtractedSpec.self),
            try run.output(of: ScheduleVolume.name, as: OldSchedule.self) != nil
        {
            try run.rewriteOutput(of: ScheduleVolume.name) { (old: OldSchedule) in
                ScheduleVolume.Output(chosenPool: old.chosenPool, actualSize: spec.actualSize, verdicts: old.verdicts)
            }
            try run.complete(TryPools.name, giving: TryPools.Output(tried: []))
        }
        run.drop("extract-spec")
    },
    Upgrade(from: 3) { _ in },
    Upgrade(from: 4) { _ in },
    Upgrade(from: 5) { _ in },
    Upgrade(from: 6) { _ in },
]

private struct ExtractedSpec: Fields {
    @Field var actualSize: ByteCount
}

private struct OldSchedule: Fields {
    @Field var chosenPool: String
    @Field var verdicts: [PoolVerdict]
}
