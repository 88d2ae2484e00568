/** Words that say nothing about a need: those of English grammar, of asking, and of every address. */
export const STOP_WORDS: ReadonlySet<string> = new Set(
  `
    a about above after again all also am an and any anyone anything are around as at be because been before being below
    between both but by can cannot could couldn d did do does doesn doing don done down during each either else etc ever
    every everything few for from further get gets getting give given gives go goes going gonna got had has hasn have haven
    having he her here hers him his how however i if im in instead into is isn it its itself just let lets ll m make makes
    making many may maybe me might mine more most much must my myself need needed needs neither no nor not now of off ok okay
    on once one only onto or other others our ours out over own particular please per perhaps quite rather re really s same
    shall she should shouldn so some someone something specific still such sure t take than that the their theirs them
    themselves then there these they thing things this those through thus to too under until up upon us use used using
    ve very via want wants was wasn way we well were what whatever when where whether which while who whom whose why will
    with within without won would wouldn yes yet you your yours yourself
    able additionally assist curious currently example furthermore hello help hey hi interested kindly know like lot
    looking love moreover planning possible provide recently tell thank thanks wanna wish wondering
    com http https org www
  `
    .trim()
    .split(/\s+/),
)
